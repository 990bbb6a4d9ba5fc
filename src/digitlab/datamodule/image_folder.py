"""People's own pictures in class folders, of any size and colour: decoded once, then read like any IDX file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from digitlab.data.batch import ImageSet
from digitlab.data.catalogue import IMAGE_FOLDER
from digitlab.data.formats.picture import Invert
from digitlab.data.sources.class_folders import find_folder, list_part, part_folders
from digitlab.data.splits import split_indices
from digitlab.data.storage.decode_cache import decode_once
from digitlab.data.storage.idx_files import open_images
from digitlab.data.storage.on_disk import ImagesOnDisk
from digitlab.datamodule.base import ImageDataModule

KEPT_IN = ".decoded"


@dataclass(eq=False, kw_only=True)
class FolderDataModule(ImageDataModule):
    """Pictures below `train/`, `val/` and `test/`; a part that has no folder is cut from the training pictures.

    Args:
        dataset: "image_folder".
        data_dir: Where relative paths begin; decoded pictures are kept there in `.decoded`.
        folder: Holds the folders of the parts, or the class folders themselves.
        classes: Names of the class folders, in the order of the labels. They travel in the checkpoint, so that an
            evaluation elsewhere gives each class its own label, whatever folders there are.
        test_share: Share kept for testing if there is no `test/`, in (0, 1); MNIST keeps 10,000 of 70,000.
        invert: Whether to swap bright and dark: True, False, or "auto", for each picture with a bright rim.
        workers: Threads that decode, 0 or more; `None` for one per core. No picture depends on it.
    """

    datasets = (IMAGE_FOLDER,)

    folder: str
    classes: Sequence[str]
    test_share: float = 1 / 7
    invert: Invert = "auto"
    workers: int | None = None

    def prepare_data(self) -> None:
        """Decode what has not been decoded, so that an unreadable picture is found before a training begins."""
        for part in self._folders():
            self._read(part)

    def read_to_fit(self) -> tuple[ImageSet, ImageSet | None]:
        """Return the pictures to train on, and those to validate on: of `val/`, or cut from the training pictures."""
        images, labels = self._read("train")
        rows = self._apart_from_test(len(labels))[0]
        if self.val_share is not None and "val" in self._folders():
            return _only(images, labels, rows), ImageSet(*self._read("val"))
        train, val = self.cut(len(rows))
        return _only(images, labels, rows[train]), _only(images, labels, rows[val]) if len(val) else None

    def read_to_test(self) -> ImageSet:
        """Return the pictures of `test/`, or those cut from the training pictures."""
        if "test" in self._folders():
            return ImageSet(*self._read("test"))
        images, labels = self._read("train")
        return _only(images, labels, self._apart_from_test(len(labels))[1])

    def _folders(self) -> dict[str, Path]:
        return part_folders(find_folder(self.data_dir, self.folder))

    def _apart_from_test(self, count: int) -> tuple[Tensor, Tensor]:
        """Return which of the pictures below `train/` are not for testing, and which are."""
        share = None if "test" in self._folders() else self.test_share
        return split_indices(count, share, self.split_seed)

    def _read(self, part: str) -> tuple[ImagesOnDisk, Tensor]:
        listing = list_part(self._folders(), part, list(self.classes))
        path = decode_once(listing, self.invert, self.workers, self.root / KEPT_IN)
        labels = torch.tensor(listing.labels)
        self.check_labels(labels, part)
        return open_images("data.folder", path), labels


def _only(images: ImagesOnDisk, labels: Tensor, rows: Tensor) -> ImageSet:
    return ImageSet(images.only(rows), labels[rows])
