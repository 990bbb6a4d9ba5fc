"""How images lie in memory, and gradients as their activations do: torch's kernels want all they read to lie alike.

Switch: `memory_format`; in contiguous nothing is done.
Last measured: November 2026, bf16-mixed, channels_last: 7 % off the CNN's step, 11 % off the DigitClassifier's.
"""

from torch import Tensor, channels_last, compiler, contiguous_format

CONTIGUOUS = "contiguous"
MEMORY_FORMATS = {CONTIGUOUS: contiguous_format, "channels_last": channels_last}


def keep_layout(features: Tensor) -> Tensor:
    """Return `features` `(B, C, H, W)` as they are, and have their gradient brought into their layout.

    What comes back through a flattening lies as rows and columns of one channel after the other. Pooling and
    rectifying in channels_last then read the two side by side in different orders: a tenth of the DigitClassifier's
    step on the CPU, for numbers that are the same to the bit. What `torch.compile` makes picks its own layouts.
    """
    if is_channels_last(features) and features.requires_grad and not compiler.is_compiling():
        features.register_hook(_in_channels_last)
    return features


def is_channels_last(images: Tensor) -> bool:
    """Return whether `(B, C, H, W)` lie pixel by pixel, which one channel or one pixel alone does not tell."""
    return images.is_contiguous(memory_format=channels_last) and not images.is_contiguous()


def _in_channels_last(gradient: Tensor) -> Tensor:
    return gradient.contiguous(memory_format=channels_last)
