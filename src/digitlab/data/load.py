"""Any data set into one uint8 tensor, upright, 28x28."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from digitlab.data.batch import Batch
from digitlab.data.catalogue import BUNDLED, SOURCES, Part
from digitlab.data.formats.idx import read_idx
from digitlab.data.formats.usps import read_usps
from digitlab.data.sources.digits import read_digits
from digitlab.errors import UserError

SIDE = 28
INK_SIDE = 20  # MNIST's own rule: the digit fills 20x20 and a margin of 4 is left on each side
SCALED_AT_ONCE = 2**24  # pixels, of which each is a number of four bytes meanwhile


def load(dataset: str, part: Part, data_dir: str | Path) -> Batch:
    """Return a whole part of a data set as one batch; reads only the files of that part.

    Args:
        dataset: A name in `catalogue.NAMES`.
        part: "train" or "test", as the data set's authors divided it.
        data_dir: Folder in torchvision's layout; not looked at for the bundled digits.

    Raises:
        UserError: If a file is damaged, or images and labels do not belong together.
    """
    images, labels = _read(dataset, part, Path(data_dir))
    if images.ndim != 3 or len(images) == 0 or images.dtype != np.uint8 or labels.shape != (len(images),):
        raise UserError(
            f"data.dataset={dataset}: the {part} files do not belong together: images of shape {images.shape}, "
            f"labels of shape {labels.shape}; remove them, and they will be fetched anew"
        )
    return Batch(fit_to_28(torch.from_numpy(images).unsqueeze(1)), torch.from_numpy(labels))


def _read(dataset: str, part: Part, data_dir: Path) -> tuple[np.ndarray, np.ndarray]:
    if dataset == BUNDLED:
        return read_digits(part)
    source = SOURCES[dataset]
    paths = source.paths(data_dir, part)
    if dataset == "usps":
        return read_usps(paths[0])
    images, labels = read_idx(paths[0]), read_idx(paths[1]).astype(np.int64)
    if labels.ndim == 2:  # QMNIST keeps eight facts per image; the first is the class
        labels = labels[:, 0]
    if source.transposed:
        images = np.ascontiguousarray(images.swapaxes(1, 2))
    return images, labels - source.first_label


def fit_to_28(images: Tensor) -> Tensor:
    """Return images uint8 `(N, 1, 28, 28)` for square images of any size.

    28x28 passes unchanged. Other sizes are scaled bilinearly to 20x20 and given MNIST's margin of 4: the small
    data sets are cropped to the ink, so this puts a digit where MNIST has it.
    """
    if images.shape[-2:] == (SIDE, SIDE):
        return images
    few = max(1, SCALED_AT_ONCE // images[0].numel())
    return torch.cat([_scale(some) for some in images.split(few)])


def _scale(images: Tensor) -> Tensor:
    scaled = interpolate(images.float(), size=(INK_SIDE, INK_SIDE), mode="bilinear", antialias=True)
    margin = (SIDE - INK_SIDE) // 2
    return pad(scaled.round_().clamp_(0, 255).to(torch.uint8), (margin,) * 4)
