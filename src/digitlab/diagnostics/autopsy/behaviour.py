"""A trained network and images to try it on, if its data is at hand."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from lightning import LightningDataModule, LightningModule
from lightning.pytorch.utilities.seed import isolate_rng
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from digitlab.checkpoints.format import SECTIONS
from digitlab.checkpoints.reading import restore_datamodule, restore_module
from digitlab.diagnostics.evidence.batches import images_of, labels_of
from digitlab.diagnostics.result import Skipped
from digitlab.errors import UserError
from digitlab.paths import home

MOST, MOST_FOR_MEANS = 1000, 5000  # images to try; images of which the class means are taken
BATCH = 250


@dataclass
class Trained:
    """A trained network and images.

    Attributes:
        module: In eval mode, on the CPU.
        images: `(N, ...)` as its batches have them; of the validation part, or of the training part without one.
        labels: int64 `(N,)`.
        means: The mean training image of each class, float `(C, ...)`.
        part: Whose images they are, for people.
    """

    module: LightningModule
    images: Tensor
    labels: Tensor
    means: Tensor
    part: str

    @torch.no_grad()
    def probabilities(self, images: Tensor) -> Tensor:
        """Return class probabilities `(N, C)`."""
        return torch.cat([self.module(part).float().softmax(dim=1) for part in images.split(BATCH)])

    @cached_property
    def known(self) -> Tensor:
        """Return which images are classified right, bool `(N,)`.

        Raises:
            Skipped: If hardly any is.
        """
        right = self.probabilities(self.images).argmax(dim=1) == self.labels
        if int(right.sum()) < 20:
            raise Skipped(f"it gets {int(right.sum())} of {len(right)} {self.part} images right; that comes first")
        return right

    def changed(self, change: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the images after a change of their grey levels, which is given floats in [0, 1], in their own form."""
        low, high = self._range
        grey = (self.images.float() - low) / (high - low)
        changed = change(grey).clamp(0, 1) * (high - low) + low
        return changed.round().to(self.images.dtype) if not self.images.is_floating_point() else changed

    @property
    def _range(self) -> tuple[float, float]:
        if self.images.dtype == torch.uint8:
            return 0.0, 255.0
        low, high = float(self.images.min()), float(self.images.max())
        return low, high if high > low else low + 1


def load_trained(checkpoint: tuple[Path, dict[str, Any]], data_dir: Any) -> Trained:
    """Return the network of a checkpoint with images of the data that it names; nothing is fetched.

    Raises:
        Skipped: If its classes are not trusted, its data is not there, or it does not map images to classes.
        UserError: Likewise.
    """
    path, content = checkpoint
    module = restore_module(content, path)
    place = data_dir if isinstance(data_dir, str) else str(home() / "data")
    datamodule = restore_datamodule(_only_read(content), place)
    try:
        with isolate_rng():
            datamodule.prepare_data()
            datamodule.setup("fit")
            images, labels, part = _to_try(datamodule)
            seen, classes = _gathered(copy.copy(datamodule).train_dataloader(), MOST_FOR_MEANS)
        trained = Trained(module, images, labels, torch.empty(0), part)
        logits = trained.probabilities(images[:2])
    except (UserError, Skipped):
        raise
    except Exception as error:  # data and modules of anybody's own
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Skipped(f"its network cannot be tried on its data: {reason}"[:300]) from None
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise Skipped(f"its network gives {tuple(logits.shape[1:])} for an image, no score for each class")
    count = logits.shape[1]
    if images.ndim < 3 or int(max(labels.max(), classes.max())) >= count:
        raise Skipped("its batches hold no images in rows and columns, or labels that are no class of the network")
    trained.means = torch.stack([seen[classes == label].float().mean(dim=0) for label in range(count)])
    return trained


def _only_read(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a checkpoint whose data is not fetched."""
    key = SECTIONS if SECTIONS in content else "hyper_parameters"
    data = content[key].get("data")
    if not isinstance(data, dict):
        raise Skipped("its checkpoint names no data")
    return {**content, key: {**content[key], "data": {**data, **({"download": False} if "download" in data else {})}}}


def _to_try(datamodule: LightningDataModule) -> tuple[Tensor, Tensor, str]:
    loaders = datamodule.val_dataloader()
    if isinstance(loaders, list) and not loaders:
        return *_gathered(copy.copy(datamodule).train_dataloader(), MOST), "training"
    return *_gathered(loaders[0] if isinstance(loaders, list) else loaders, MOST), "validation"


def _gathered(loader: Iterable[Any], most: int) -> tuple[Tensor, Tensor]:
    """Return the first images and labels of a loader."""
    images: list[Tensor] = []
    labels: list[Tensor] = []
    for batch in loader:
        found, classes = images_of(batch), labels_of(batch)
        if found is None or classes is None:
            raise Skipped("its batches hold no images with labels")
        images.append(found)
        labels.append(classes)
        if sum(map(len, labels)) >= most:
            break
    if not images:
        raise Skipped("its data has no images")
    return torch.cat(images)[:most], torch.cat(labels)[:most]


def shifted(grey: Tensor, right: int, down: int) -> Tensor:
    """Return images `(N, ..., H, W)` shifted by a few pixels; what comes in is paper."""
    height, width = grey.shape[-2:]
    room = max(abs(right), abs(down))
    wide = pad(grey, (room, room, room, room))
    return wide[..., room - down : room - down + height, room - right : room - right + width]


def blurred(grey: Tensor, times: int) -> Tensor:
    """Return images averaged over 3x3 pixels, several times."""
    flat = grey.reshape(-1, 1, *grey.shape[-2:])
    for _ in range(times):
        flat = avg_pool2d(flat, 3, stride=1, padding=1, count_include_pad=True)
    return flat.reshape(grey.shape)


def noisy(grey: Tensor, sd: float) -> Tensor:
    """Return images with Gaussian noise, the same each time."""
    return grey + sd * torch.randn(grey.shape, generator=torch.Generator().manual_seed(0))
