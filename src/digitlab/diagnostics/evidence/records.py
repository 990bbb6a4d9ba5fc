"""What is written down of a step of training, and of a validation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from torch import Tensor
from torch.nn.functional import cross_entropy

from digitlab.diagnostics.evidence.scores import fit

FIRST = 50  # steps in which the loss is looked at


@dataclass
class Step:
    """A step of training.

    Attributes:
        loss: What was differentiated, as far as it is known.
        cross_entropy: Of the scores and labels, in nats.
        accuracy: Share of images whose highest score is right.
        mistake: Which known mistake the loss is, by its value.
        alignment: Cosine between the gradient of the loss for the scores and that of the cross-entropy: 1 for the
            cross-entropy itself, -1 for its opposite.
        scale: Norm of that gradient over that of the mean cross-entropy.
        without: Of each class in the batch, whether none of its images has any gradient.
        labels: Of the batch.
        gradients: L2 norm of the gradient of each parameter that has one, before clipping.
        updates: L2 norm of the change of each parameter, over the norm that it had.
        leftover: Norm of the gradients that lay in the parameters when the backward pass began, over that of the step
            before; 0 when they were cleared.
        seconds: Since the step before ended.
        waited: Of these, for the batch.
    """

    loss: float | None = None
    cross_entropy: float | None = None
    accuracy: float | None = None
    alignment: float | None = None
    scale: float | None = None
    without: dict[int, bool] = field(default_factory=dict)
    mistake: str = ""
    labels: Tensor | None = None
    gradients: dict[str, float] = field(default_factory=dict)
    updates: dict[str, float] = field(default_factory=dict)
    leftover: float | None = None
    lr: float | None = None
    seconds: float = 0.0
    waited: float = 0.0


def alignment(steps: Sequence[Step]) -> float:
    """Return how the loss agrees with the cross-entropy in the first steps; NaN if that was never seen.

    The median of `Step.alignment`, or the mean if that is higher: where mixup takes now more of an image and now more
    of its partner, the label counts in half of the steps, and a median is the toss of a coin.
    """
    seen = [step.alignment for step in steps[:FIRST] if step.alignment is not None and math.isfinite(step.alignment)]
    return max(median(seen), fmean(seen)) if seen else math.nan


@dataclass
class Evaluated:
    """Validation images as the training's own validation saw them.

    Attributes:
        batches: How many there were.
        scored: Of these, those with scores.
        right: Images whose highest score was right.
        images: How many there were.
        cross_entropy: Sum over the images.
        by_class: Right images and images of each class.
        logged: What the module logged in the end, by name.
    """

    batches: int = 0
    scored: int = 0
    right: int = 0
    images: int = 0
    cross_entropy: float = 0.0
    by_class: dict[int, list[int]] = field(default_factory=dict)
    logged: dict[str, float] = field(default_factory=dict)

    def add(self, labels: Tensor, scores: Tensor | None) -> None:
        """Count a batch: labels `(B,)`, and scores `(B, C)` if they were seen."""
        self.batches += 1
        self.scored += scores is not None
        if scores is not None and fit(labels, scores):
            right = scores.argmax(dim=1) == labels
            self.right += int(right.sum())
            self.images += len(labels)
            for label, correct in zip(labels.tolist(), right.tolist(), strict=True):
                counts = self.by_class.setdefault(label, [0, 0])
                counts[0] += correct
                counts[1] += 1
            self.cross_entropy += float(cross_entropy(scores, labels, reduction="sum"))
