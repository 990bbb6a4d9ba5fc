"""What a step gives to torch's losses: the scores of a network that ends in no module of its own, and their labels."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

OF_SCORES = (
    F.cross_entropy, F.nll_loss, F.multi_margin_loss, F.binary_cross_entropy_with_logits, F.binary_cross_entropy
)  # fmt: skip
OF_IMAGES = (F.mse_loss, F.l1_loss, F.smooth_l1_loss, *OF_SCORES[3:])


class LossInputs(TorchFunctionMode):
    """Notes, while it is entered, what the losses of torch are given.

    Attributes:
        scores: `(N, C)` of the last loss of scores, as it got them; `None` if there was none.
        labels: `(N,)` of the same, if it was given classes.
        reproduces: Whether a loss compared something with as many numbers as the images have, as an autoencoder does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reproduces = False
        self.expect(0)

    def expect(self, numbers: int) -> None:
        """Begin a batch whose images have so many numbers."""
        self.numbers = numbers
        self.scores: Tensor | None = None
        self.labels: Tensor | None = None

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Note what a loss is given, and call it."""
        kwargs = kwargs or {}
        if func in OF_SCORES or func in OF_IMAGES:
            self._note(func, kwargs.get("input", args[0] if args else None), [*args[1:2], kwargs.get("target")][0])
        return func(*args, **kwargs)

    def _note(self, loss: Callable[..., Any], given: Any, target: Any) -> None:
        if not isinstance(given, Tensor) or not isinstance(target, Tensor):
            return
        self.reproduces |= loss in OF_IMAGES and given.numel() == self.numbers > 0 and target.shape == given.shape
        if loss in OF_SCORES and given.ndim == 2:
            self.scores = given
            self.labels = target if target.ndim == 1 and not target.is_floating_point() else None
