"""Images and labels in a batch of anybody's form."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor


def tensors_in(batch: Any) -> Iterator[Tensor]:
    """Return the tensors of a tuple, list, dict or dataclass, or of several of these within each other."""
    if isinstance(batch, Tensor):
        yield batch
    elif isinstance(batch, Mapping):
        for value in batch.values():
            yield from tensors_in(value)
    elif isinstance(batch, tuple | list):
        for value in batch:
            yield from tensors_in(value)
    elif is_dataclass(batch):
        for field in fields(batch):
            yield from tensors_in(getattr(batch, field.name))


def images_of(batch: Any) -> Tensor | None:
    """Return the largest tensor of at least two dimensions, which are the images; `None` without one."""
    candidates = [tensor for tensor in tensors_in(batch) if tensor.ndim >= 2]
    return max(candidates, key=Tensor.numel, default=None)


def with_images(batch: Any, images: Tensor) -> Any:
    """Return a batch in which other images take the place of its own."""
    own = images_of(batch)

    def replaced(part: Any) -> Any:
        if part is own:
            return images
        if isinstance(part, Mapping):
            return {key: replaced(value) for key, value in part.items()}
        if isinstance(part, tuple | list):
            values = [replaced(value) for value in part]
            return type(part)(*values) if hasattr(part, "_fields") else type(part)(values)
        if is_dataclass(part) and not isinstance(part, type):
            return replace(part, **{one.name: replaced(getattr(part, one.name)) for one in fields(part)})
        return part

    return replaced(batch)


def label_tensor(batch: Any) -> Tensor | None:
    """Return the tensor of a batch that holds its labels, as it is; `None` if there is none.

    Whole numbers, one an image; or rows of numbers that sum to 1 (one-hot, smoothed).
    """
    return next(iter(label_tensors(batch)), None)


def label_tensors(batch: Any) -> list[Tensor]:
    """Return the tensors that hold labels: one, or as many as there are tensors of images, of several loaders say."""
    images = images_of(batch)
    if images is None:
        return []
    size, several = len(images), sum(tensor.shape == images.shape for tensor in tensors_in(batch))
    found = []
    for tensor in tensors_in(batch):
        whole = not tensor.is_floating_point() and not tensor.is_complex() and tensor.dtype != torch.bool
        if tensor is not images and whole and tensor.numel() == size and len(tensor) == size:
            found.append(tensor)
    if found:
        return found[:several]
    for tensor in tensors_in(batch):
        if tensor is images or tensor.ndim != 2 or len(tensor) != size or tensor.shape[1] < 2:
            continue
        if bool((tensor.float().sum(dim=1) - 1).abs().max() < 1e-3):
            found.append(tensor)
    return found[:several]


def labels_of(batch: Any) -> Tensor | None:
    """Return the class of each image, int64 `(B,)` on the CPU; of rows the largest number counts. `None` if unknown."""
    tensor = label_tensor(batch)
    if tensor is None:
        return None
    rows = tensor.detach().cpu()
    return rows.argmax(dim=1) if rows.ndim == 2 and rows.shape[1] > 1 else rows.reshape(-1).long()
