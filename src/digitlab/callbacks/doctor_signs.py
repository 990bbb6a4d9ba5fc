"""What the doctor looks for while a network trains: pure functions of what was measured, each with its bound."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

EXPLODES, LARGE = 100.0, 1e4  # times the first gradient norms; of any norm
SMALL_NORM = 100.0  # below it a gradient has not exploded, however much it has grown
RISE, MARGIN = 1.1, 0.1  # times the first loss, and how much above it, that a loss may come to
DEAD = 0.5  # of the units of a layer
SMALLEST, LARGEST = 1e-5, 1.0  # update of a step to weights
HALF = 0.5  # of the first loss: a network that has learnt moves little, too
FULL = 0.5  # of the highest rate: below it a schedule is on its way down, and small updates are meant
GAP, LEAST_GAP, PATIENCE = 1.2, 0.01, 2  # times the lowest validation loss; absolute; validations since


@dataclass(frozen=True)
class Sign:
    """Something that goes wrong in a training under way.

    Attributes:
        code: "DL951".
        title: What is seen.
        bound: From when on it is said, and where that bound comes from.
        why: What comes of it.
    """

    code: str
    title: str
    bound: str
    why: str


NON_FINITE = Sign(
    "DL951",
    "loss or gradients are no finite numbers",
    "any number that is infinite or NaN; not in float16, whose scaler lets the first steps overflow on purpose",
    "One such number makes all weights NaN in the next step.",
)
EXPLODING = Sign(
    "DL952",
    "gradients explode",
    f"a norm over {LARGE:g}, or over {EXPLODES:g} times the median of the first three and over {SMALL_NORM:g}; healthy "
    "trainings of our networks stay below 30 (Pascanu et al., 2013, for the effect and for clipping)",
    "One such step throws the weights far from where they were.",
)
LOSS_ROSE = Sign(
    "DL953",
    "the loss has risen above its start",
    f"the mean since the last look is over {RISE:g} times the mean of the first five steps, and by {MARGIN:g}",
    "The network knows less than before it was trained: the rate is too high, or a sign is wrong.",
)
DEAD_UNITS = Sign(
    "DL954",
    "units of a layer are dead",
    f"more than {DEAD:.0%} of a layer's units gave zero for every image of at least 500 that were seen (Lu et al., "
    "Dying ReLU and Initialization, 2019)",
    "A unit that is always zero has no gradient and never comes back.",
)
SMALL_UPDATES = Sign(
    "DL955",
    "updates are too small to matter",
    f"a step moves the weights by less than {SMALLEST:g} of their norm, at a rate that no schedule has lowered and a "
    "loss that has not halved; about 1e-3 is usual (Karpathy, CS231n)",
    "It would take a hundred thousand steps to replace a weight.",
)
LARGE_UPDATES = Sign(
    "DL956",
    "updates are larger than the weights",
    f"a step moves the weights by more than {LARGEST:g} of their norm; about 1e-3 is usual (Karpathy, CS231n)",
    "Each step forgets what the steps before it have learnt.",
)
RATE_ZERO = Sign(
    "DL957",
    "the learning rate is 0",
    "every parameter group has the rate 0 at two looks in a row",
    "Nothing is learnt, at full cost.",
)
OVERFITS = Sign(
    "DL958",
    "validation gets worse while training improves",
    f"the validation loss is over {GAP:g} times its lowest, {PATIENCE} validations or more ago, and the training loss "
    "has fallen since (Prechelt, Early Stopping - But When?, 1998)",
    "From here on the network learns its training images by heart.",
)
SIGNS = (
    NON_FINITE, EXPLODING, LOSS_ROSE, DEAD_UNITS, SMALL_UPDATES, LARGE_UPDATES, RATE_ZERO, OVERFITS,
)  # fmt: skip


def explodes(norm: float, first: Sequence[float]) -> bool:
    """Return whether a gradient norm is too large beside the first ones of the training."""
    usual = sorted(first)[len(first) // 2] if first else math.inf
    return norm > LARGE or norm > max(EXPLODES * usual, SMALL_NORM)


def loss_rose(now: float, start: float) -> bool:
    """Return whether a loss lies clearly above the one that the training began with."""
    return now > max(start + MARGIN, start + (RISE - 1) * abs(start))


def updates_small(ratio: float, rate: float, highest: float) -> bool:
    """Return whether a step hardly moves the weights although the schedule has not lowered the rate."""
    return rate > 0 and rate >= FULL * highest and ratio < SMALLEST


def overfits(train: Sequence[float], val: Sequence[float]) -> int | None:
    """Return at which validation, from 0, the network began to overfit, or `None` if it does not.

    Args:
        train: Training loss of each epoch that was validated.
        val: Its validation loss.
    """
    if not val or not all(map(math.isfinite, (*train, *val))):
        return None
    best = min(range(len(val)), key=val.__getitem__)
    worse = val[-1] > max(GAP * val[best], val[best] + LEAST_GAP)
    return best if len(val) - 1 - best >= PATIENCE and worse and train[-1] < train[best] else None
