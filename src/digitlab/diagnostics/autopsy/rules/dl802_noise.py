"""Whether a little noise changes what the network sees (invariance)."""

from digitlab.diagnostics.autopsy.behaviour import noisy
from digitlab.diagnostics.autopsy.run_over import RunOver
from digitlab.diagnostics.result import Finding, Rule, failed, passed, warned
from digitlab.diagnostics.wording import percent

SD = 0.05  # of the range of grey levels
FEW, VERY_FEW = 0.9, 0.75


def check(run: RunOver) -> Finding:
    """Judge how many images that were right stay right."""
    trained = run.trained
    known = trained.known
    found = trained.probabilities(trained.changed(lambda grey: noisy(grey, SD))).argmax(dim=1)
    share = float((found == trained.labels)[known].float().mean())
    value = f"{percent(share)} of {int(known.sum())} {trained.part} images stay right"
    if share >= FEW:
        return passed(value)
    mend = (
        "augment=affine, optimizer=adamw optimizer.weight_decay=0.01, or data.mean and data.std of the training images"
    )
    return (failed if share < VERY_FEW else warned)(value, mend)


RULE = Rule(
    "DL802",
    "A little noise changes nothing",
    "how many images that are classified right stay so with Gaussian noise of sd 0.05 of the range of grey levels",
    "WARN below 90%, FAIL below 75%; measured here on MNIST: MLP 99.8%, CNN after one epoch 95.9% (Ribeiro et al., "
    "CheckList, 2020)",
    "A camera or a scanner adds more than that.",
    check,
)
