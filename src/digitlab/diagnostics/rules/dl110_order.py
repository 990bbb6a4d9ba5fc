"""Whether batches are mixed."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import middle

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge how many classes a batch has, against a random one."""
    train = evidence.train
    classes = len(train.all_labels.unique())
    batches = [labels for labels in train.batches if len(labels) >= 4]
    if len(batches) < 2 or classes < 2:
        raise Skipped("there are too few batches, or they are too small")
    shares = train.all_labels.bincount().float() / len(train.all_labels)
    expected = middle(float((1 - (1 - shares) ** len(labels)).sum()) for labels in batches)
    seen = middle(float(len(labels.unique())) for labels in batches)
    value = f"{seen:g} classes in a batch, {expected:.1f} in a random one"
    remedy = "DataLoader(..., shuffle=True) for the training images"
    if seen < 0.5 * expected:
        return failed(value, remedy)
    return warned(value, remedy) if seen < 0.75 * expected else passed(value)


RULE = Rule(
    "DL110",
    "Batches are mixed",
    "how many different classes the first 50 batches have",
    "FAIL below 1/2 of what a random batch of this size has, WARN below 3/4; counted over the classes' own shares",
    "With one class after the other, each batch unlearns the one before.",
    check,
    ("DL402", "DL403", "DL601", "DL604", "DL602", "DL603", "DL302"),
)
