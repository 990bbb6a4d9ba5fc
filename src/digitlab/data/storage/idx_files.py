"""Anybody's own IDX files: looked at before use, their images left there, their labels read."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from digitlab.data.formats.idx_headers import image_header, label_header, pair_headers, read_label_values
from digitlab.data.storage.on_disk import ImageFile, ImagesOnDisk


def open_pair(files: Mapping[str, Path]) -> tuple[ImagesOnDisk, Tensor]:
    """Return the images and the labels in two files, which are named under the keys that a person set.

    Raises:
        UserError: If one is not what it should be, or they do not belong together.
    """
    pair_headers(files)
    (images_key, images_path), (labels_key, labels_path) = files.items()
    return open_images(images_key, images_path), read_labels(labels_key, labels_path)


def open_images(key: str, path: Path) -> ImagesOnDisk:
    """Return the images of a file, as they stand there; `data.load.fit_to_28` sees to their size.

    Args:
        key: What a person set to name the file, for the refusal.
        path: An IDX file of square images of bytes, of any size.

    Raises:
        UserError: If it is not such a file, or not whole. Only the header is looked at, not the pixels.
    """
    return ImagesOnDisk(ImageFile(path, image_header(key, path)))


def read_labels(key: str, path: Path) -> Tensor:
    """Return the labels of a file, int64 `(N,)`.

    Args:
        key: What a person set to name the file, for the refusal.
        path: An IDX file of whole numbers, one for each image, or with the label as the first of several.

    Raises:
        UserError: If it is not such a file, or not whole.
    """
    return torch.from_numpy(read_label_values(path, label_header(key, path)))
