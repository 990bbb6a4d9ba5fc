"""Images and labels as the loaders give them: enough to judge the data by."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from lightning import LightningDataModule
from lightning.pytorch.utilities import CombinedLoader
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from digitlab.diagnostics.evidence.batches import images_of, labels_of
from digitlab.diagnostics.evidence.subject import Subject, undisturbed

SIDE = 28  # pixels; larger images are shrunk for the simple classifiers
KEPT = 3000  # images whose pixels are kept
MOST_CLASSES = 65_536
IGNORED = -100  # cross-entropy's ignore_index
FIRST = 50  # batches whose labels are kept one by one


@dataclass
class Split:
    """What a loader gave.

    Attributes:
        pixels: float32 `(N, features)` of the first images.
        shape: Of one of these, `(C, H, W)`.
        labels: int64 `(N,)` of the same.
        all_labels: Of every image that was seen and has a class.
        strange: Labels that are none: below 0 (but for -100, which torch ignores) or beyond any network's classes.
        prints: A number for each image that was seen and shows something; equal images have equal ones.
        batches: The labels of the first batches.
        first: The first batch, as it came.
        kept: The batches that `pixels` are from, as they came.
        finite: Whether every number was.
        varied: Share of the images that are not of one colour.
        whole: Whether all of it was seen.
        endless: Whether it has no length and did not end: what it holds may come more than once.
        augmented: Whether another pass gives other images.
        seconds: That an image took.
    """

    pixels: Tensor = field(default_factory=lambda: torch.empty(0, 0))
    shape: tuple[int, ...] = ()
    labels: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    all_labels: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    strange: list[int] = field(default_factory=list)
    prints: list[int] = field(default_factory=list)
    batches: list[Tensor] = field(default_factory=list)
    first: Any = None
    kept: list[Any] = field(default_factory=list)
    finite: bool = True
    varied: float = 1.0
    whole: bool = False
    endless: bool = False
    augmented: bool = False
    seconds: float = 0.0
    batch_size: int = 0


def look(loader: Iterable[Any], seconds: float) -> Split:
    """Return what a loader gives within so many seconds."""
    split, flat, seen = Split(), 0, 0
    pixels: list[Tensor] = []
    labels: list[Tensor] = []
    started = time.monotonic()
    for batch in loader:
        images, classes = images_of(batch), labels_of(batch)
        if images is None:
            break
        if split.first is None:
            split.first, split.batch_size = batch, len(images)
        numbers = images.detach().float().flatten(1)
        split.finite &= bool(numbers.isfinite().all())
        plain = numbers.amax(dim=1) == numbers.amin(dim=1)
        flat += int(plain.sum())
        seen += len(numbers)
        split.prints += prints(images[~plain])
        if classes is not None:
            known = (classes >= 0) & (classes < MOST_CLASSES)
            split.strange += classes[~known & (classes != IGNORED)].tolist()
            labels.append(classes[known])
            if len(split.batches) < FIRST:
                split.batches.append(classes[known])
            if sum(len(one) for one in pixels) < KEPT:
                split.shape = tuple(small(images).shape[1:])
                pixels.append(shrunk(images)[known])
                split.kept.append(batch)
        if time.monotonic() - started > seconds:
            break
    else:
        split.whole = True
    split.endless = not split.whole and not _has_length(loader)
    split.seconds = (time.monotonic() - started) / max(1, seen)
    split.varied = 1 - flat / max(1, seen)
    split.all_labels = torch.cat(labels) if labels else split.all_labels
    split.pixels = torch.cat(pixels)[:KEPT] if pixels else split.pixels
    split.labels = split.all_labels[: len(split.pixels)]
    return split


def _has_length(loader: Iterable[Any]) -> bool:
    try:
        return len(loader) >= 0  # type: ignore[arg-type]
    except (TypeError, NotImplementedError):
        return False


def small(images: Tensor) -> Tensor:
    """Return images as `(N, C, H, W)` of at most 28 pixels a side; rows of numbers as `(N, 1, 1, W)`."""
    numbers = images.detach().float().cpu()
    if numbers.ndim < 4:
        numbers = numbers[:, None] if numbers.ndim == 3 else numbers.flatten(1)[:, None, None]
    if numbers.ndim == 4 and max(numbers.shape[2:]) > SIDE and numbers.shape[2] > 1:
        numbers = adaptive_avg_pool2d(numbers, SIDE)
    return numbers


def shrunk(images: Tensor) -> Tensor:
    """Return images as rows of numbers, of at most 28 pixels a side."""
    return small(images).flatten(1)


def looks(subject: Subject, seconds: float) -> dict[str, Split]:
    """Return what the training and the validation loader give, and the test loader, if they are there.

    Raises:
        Exception: What the data says when it is read.
    """
    found: dict[str, Split] = {}
    with undisturbed():
        data = subject.fresh_data()
        found["train"] = look(_batches(data.train_dataloader(), "max_size_cycle"), seconds / 2)
        found["train"].augmented = _differs(found["train"], _batches(data.train_dataloader(), "max_size_cycle"))
        for split in ("val", "test"):
            loader = _loader(data, split)
            if loader is not None:
                found[split] = look(loader, seconds / 4)
            if loader is not None and split == "val":
                found[split].augmented = _differs(found[split], _loader(data, split) or ())
    return found


def _differs(before: Split, another: Iterable[Any]) -> bool:
    """Return whether most images of another pass were not in the one before, all of which was seen."""
    if not before.whole or not before.prints:
        return False
    images = images_of(next(iter(another), None))
    known = set(before.prints)
    return images is not None and sum(one not in known for one in prints(images)) > len(images) / 2


def prints(images: Tensor) -> list[int]:
    """Return a number for each image, the same for equal ones."""
    contiguous = images.detach().cpu().contiguous()
    return [hash(bytes(one.view(torch.uint8).numpy())) for one in contiguous.flatten(1)]


def _loader(data: LightningDataModule, split: str) -> Any:
    """Return a loader that is there, and `None` for one that is not: it is no duty to have one."""
    try:
        if split == "test":
            data.setup("test")
        loader = getattr(data, f"{split}_dataloader")()
    except Exception:
        return None
    return None if loader is None else _batches(loader[0] if isinstance(loader, list | tuple) and loader else loader)


def _batches(loader: Any, mode: Any = "sequential") -> Iterable[Any]:
    """Return the batches of a loader; of several, as Lightning puts them together."""
    if isinstance(loader, list | tuple | dict):
        loader = CombinedLoader(loader, mode)
    return (batch for batch, _, _ in loader) if isinstance(loader, CombinedLoader) else loader
