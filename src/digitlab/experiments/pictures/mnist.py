"""The picture of MNIST is drawn as that of the bundled digits."""

from digitlab.experiments.pictures.digits import draw

__all__ = ["draw"]
