"""Pure tensor functions on whole batches of images."""

from digitlab.transforms.normalize import Normalize, normalize
from digitlab.transforms.warp import Warp

__all__ = ["Normalize", "Warp", "normalize"]
