"""Whether a little noise changes what the network sees (invariance)."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

SD = 0.05  # of the range of grey levels
FEW, VERY_FEW = 0.8, 0.6


def check(run: "RunOver") -> Finding:
    """Judge how many images that were right stay right."""
    from digitlab.diagnostics.autopsy.behaviour import noisy  # late: rules are listed without torch

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
    "WARN below 80%, FAIL below 60%; measured here: MLP 99.8% and CNN 95.9% on MNIST, CNN 82% on the digits (Ribeiro "
    "et al., CheckList, 2020)",
    "A camera or a scanner adds more than that.",
    check,
)
