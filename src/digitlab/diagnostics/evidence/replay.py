"""The network by itself, on the images of its first step: what it does in evaluation, whatever trains it."""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from digitlab.diagnostics.evidence.scores import Call, run_again
from digitlab.diagnostics.evidence.subject import undisturbed


@dataclass
class Replay:
    """What the network does in evaluation mode.

    Attributes:
        scores: Of the images of the first step.
        differs: Largest difference between the scores of two calls for the same images.
        mixes: Largest change of the scores of images that stayed as they were when another was changed, over the
            spread of the scores.
        bend: How far the network is from `f((a+b)/2) = (f(a)+f(b))/2`, over the spread of the scores: 0 is linear.
    """

    scores: Tensor
    differs: float
    mixes: float
    bend: float


def replay(call: Call) -> Replay:
    """Call the network that gave the scores anew, in evaluation mode, on a copy.

    Raises:
        ValueError: If it was not called with images.
    """
    images = next((one for one in call.arguments if isinstance(one, Tensor) and len(one) == len(call.scores)), None)
    if images is None or len(images) < 2:
        raise ValueError("its network is not called with a tensor of images")
    place = [one is images for one in call.arguments].index(True)
    with undisturbed():
        network: nn.Module = copy.deepcopy(call.network).eval()
        again = Call(network, call.arguments, call.keywords, call.scores)

        def scores_of(changed: Tensor) -> Tensor:
            arguments = list(call.arguments)
            arguments[place] = changed
            return run_again(again, arguments).float()

        images = images.detach()
        scores = scores_of(images)
        spread = float(scores.std()) or 1.0
        differs = float((scores_of(images) - scores).abs().max())
        other = images.clone()
        other[0] = other[1:].flip(0)[0] if len(images) > 2 else 0
        mixes = float((scores_of(other)[1:] - scores[1:]).abs().max()) / spread
        bend = 0.0
        if images.is_floating_point() or images.dtype == torch.uint8:
            a, b = images.float(), images.float().roll(1, 0)
            middle = scores_of((a + b) / 2)
            bend = float((middle - (scores_of(a) + scores_of(b)) / 2).abs().max()) / spread
    return Replay(scores, differs, mixes, bend)
