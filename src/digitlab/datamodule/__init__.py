"""The LightningDataModules, one for each kind of place that images come from; `base` is what they have in common."""

from digitlab.datamodule.base import ImageDataModule
from digitlab.datamodule.catalogued import DigitDataModule
from digitlab.datamodule.idx import IdxDataModule
from digitlab.datamodule.image_folder import FolderDataModule

KINDS: tuple[type[ImageDataModule], ...] = (DigitDataModule, IdxDataModule, FolderDataModule)

__all__ = ["KINDS", "DigitDataModule", "FolderDataModule", "IdxDataModule", "ImageDataModule", "kind_of"]


def kind_of(dataset: str) -> type[ImageDataModule]:
    """Return the kind of data module that knows `data.dataset`; a name that none knows is left to the first."""
    return next((kind for kind in KINDS if dataset in kind.datasets), DigitDataModule)
