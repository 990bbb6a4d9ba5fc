"""Whether there is enough to learn from."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the number of training images a class."""
    train = evidence.samples["train"]
    if train.first is None and train.whole:
        return failed("the training loader gives no batch", "drop_last=False, or batches no larger than the data")
    few = evidence.subject.trainer_arguments.get("overfit_batches")
    if few:
        value = f"overfit_batches={few:g}: the training sees {few:g} {'batches' if few >= 1 else 'of its images'} only"
        return failed(value, paste(evidence.settings, "trainer.overfit_batches=0.0", "overfit_batches=0.0"))
    classes = max(1, len(train.all_labels.unique()))
    each = len(train.all_labels) / classes
    if each < 20 and not train.whole:
        raise Skipped("there was no time to count the training images")
    value = f"{len(train.all_labels)}{'' if train.whole else ' or more'} training images, {each:.0f} a class"
    remedy = "more images, augmentation, or features learnt on other data (transfer)"
    if each < 6:
        return failed(value, remedy)
    return warned(value, remedy) if each < 20 else passed(value)


RULE = Rule(
    "DL112",
    "There are enough training images",
    "training images of each class, on average",
    "WARN below 20, FAIL below 6; learning curves on digits rise steeply up to some dozens a class",
    "With a handful of images, a network learns these by heart.",
    check,
    ("DL104", "DL308", "DL307", "DL402", "DL601", "DL604", "DL602"),
)
