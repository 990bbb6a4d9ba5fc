"""Pure tensor functions on whole batches of images."""

from digitlab.transforms.normalize import Normalize, normalize

__all__ = ["Normalize", "normalize"]
