"""The network by itself, as it was at its first step and on those images: what it does in evaluation."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from digitlab.diagnostics.evidence.layers import weighted
from digitlab.diagnostics.evidence.scores import Call, call_anew
from digitlab.diagnostics.evidence.subject import undisturbed

PIECES = (1, 2, 4, 7, 8, 14)  # pixels a side
FLAT = 1e-4  # of the scores' size: their spread, below which they are the same for all images


@dataclass
class Replay:
    """What the network does in evaluation mode.

    Attributes:
        scores: Of the images of the first step.
        differs: Largest difference between the scores of two calls for the same images.
        own: Change of the scores of an image that was exchanged, over the spread of the scores; `None` without spread.
        placeless: Size of the pieces of an image that can be exchanged without any change of the scores; 0 for none.
        mixes: Largest change of the scores of images that stayed as they were when another was changed, over the
            spread of the scores.
        bend: How far the network is from `f((a+b)/2) = (f(a)+f(b))/2`, over the spread of the scores: 0 is linear;
            `None` if its scores are the same for all images, or it does not compute in float64.
        layers: With weights, in the network.
    """

    scores: Tensor
    differs: float
    own: float | None
    placeless: int
    mixes: float
    bend: float | None
    layers: int


def replay(call: Call) -> Replay:
    """Call the network that gave the scores anew, in evaluation mode, on a copy.

    Raises:
        ValueError: If it was not called with images.
    """
    if call.network is None:
        raise ValueError("the scores come from no module of their own")
    images = next((one for one in call.arguments if isinstance(one, Tensor) and len(one) == len(call.scores)), None)
    if images is None or len(images) < 2:
        raise ValueError("its network is not called with a tensor of images")
    place = [one is images for one in call.arguments].index(True)
    with undisturbed():
        network: nn.Module = copy.deepcopy(call.network).cpu().eval()
        network.load_state_dict(call.state)
        given = [one.detach().cpu() if isinstance(one, Tensor) else one for one in call.arguments]
        repeated = Call(network, tuple(given), call.keywords, call.scores)

        def scores_of(changed: Tensor) -> Tensor:
            arguments = list(given)
            arguments[place] = changed
            return call_anew(repeated, arguments)

        images = given[place]
        scores = scores_of(images).float()
        spread = float(scores.std(dim=0).mean()) or 1.0
        differs = float((scores_of(images).float() - scores).abs().max())
        other = images.clone()
        other[0] = other[1:].flip(0)[0] if len(images) > 2 else 0
        changes = (scores_of(other).float() - scores).abs()
        mixes = float(changes[1:].max()) / spread
        varied = float(scores.std(dim=0).mean()) > FLAT * float(scores.abs().mean())
        own, placeless = float(changes[0].max()) / spread if varied else None, 0
        for size in PIECES if varied else ():
            if images.ndim == 4 and all(side % size == 0 and side > size for side in images.shape[2:]):
                moved = float((scores_of(_shuffled(images, size)).float() - scores).abs().max())
                placeless = size if moved < 1e-4 * spread else placeless
        return Replay(scores, differs, own, placeless, mixes, _bend(network, scores_of, images), len(weighted(network)))


def _shuffled(images: Tensor, size: int) -> Tensor:
    """Return images whose pieces of `size` times `size` pixels are in another order."""
    pieces = images.unfold(2, size, size).unfold(3, size, size)  # (N, C, rows, columns, size, size)
    rows, columns = pieces.shape[2:4]
    order = torch.randperm(rows * columns, generator=torch.Generator().manual_seed(0))
    moved = pieces.flatten(2, 3)[:, :, order].unflatten(2, (rows, columns))
    return moved.permute(0, 1, 2, 4, 3, 5).reshape(images.shape)


def _bend(network: nn.Module, scores_of: Callable[[Tensor], Tensor], images: Tensor) -> float | None:
    try:
        network.double()  # in float32, a network whose scores hardly move is lost in rounding
        a = images.double()
        one, other, middle = scores_of(a), scores_of(a.roll(1, 0)), scores_of((a + a.roll(1, 0)) / 2)
    except RuntimeError:  # it casts within
        return None
    spread = float(one.std(dim=0).mean())
    return float((middle - (one + other) / 2).abs().max()) / spread if spread > 0 else None
