"""A whole data set on the GPU, when it fits: a batch is then taken there, and nothing crosses to it in a step."""

import torch
from torch import Tensor

from digitlab.data.batch import ImageSet

LARGEST_SHARE = 0.25  # of the memory that is free: the network, its gradients and its activations need the rest


def on_device(data: ImageSet, device: torch.device) -> ImageSet:
    """Return `data` on `device` if that is a CUDA device with room for it, and as it is otherwise.

    Bytes are moved, 47 MB for MNIST; images that stay in their file stay there.

    Args:
        data: Images and labels.
        device: Where the network is.
    """
    if device.type != "cuda" or not isinstance(data.images, Tensor):
        return data
    free, _ = torch.cuda.mem_get_info(device)
    if data.images.nbytes > LARGEST_SHARE * free:
        return data
    return ImageSet(data.images.to(device), data.labels.to(device))
