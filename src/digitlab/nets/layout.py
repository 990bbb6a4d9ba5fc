"""A gradient in the layout of its activation: torch's kernels for channels_last want all they read to lie alike."""

from torch import Tensor, channels_last, compiler, nn


def keep_layout(features: Tensor) -> Tensor:
    """Return `features` `(B, C, H, W)` as they are, and have their gradient brought into their layout.

    What comes back through a flattening lies as rows and columns of one channel after the other. Pooling and
    rectifying in channels_last then read the two side by side in different orders: a tenth of the DigitClassifier's
    step on the CPU, for numbers that are the same to the bit. What `torch.compile` makes picks its own layouts.
    """
    if is_channels_last(features) and features.requires_grad and not compiler.is_compiling():
        features.register_hook(_in_channels_last)
    return features


class GlobalAverage(nn.Module):
    """`nn.AdaptiveAvgPool2d(1)` to the bit, with a gradient that lies as its images do."""

    def forward(self, images: Tensor) -> Tensor:
        """Return the means `(B, C, 1, 1)` of the channels of `images` `(B, C, H, W)`."""
        if is_channels_last(images):
            return images.permute(0, 2, 3, 1).flatten(1, 2).mean(1)[..., None, None]
        return images.flatten(2).mean(2)[..., None, None]


def is_channels_last(images: Tensor) -> bool:
    """Return whether `(B, C, H, W)` lie pixel by pixel, which one channel or one pixel alone does not tell."""
    return images.is_contiguous(memory_format=channels_last) and not images.is_contiguous()


def _in_channels_last(gradient: Tensor) -> Tensor:
    return gradient.contiguous(memory_format=channels_last)
