"""Whether a shift by one pixel changes what the network sees (invariance)."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

SHIFTS = ((1, 0), (-1, 0), (0, 1), (0, -1))
FEW, VERY_FEW = 0.93, 0.8


def check(run: "RunOver") -> Finding:
    """Judge how many images that were right stay right, over the four directions."""
    from digitlab.diagnostics.autopsy.behaviour import shifted  # late: rules are listed without torch

    trained = run.trained
    known = trained.known
    stays = []
    for right, down in SHIFTS:
        moved = trained.changed(lambda grey, right=right, down=down: shifted(grey, right, down))  # type: ignore[misc]
        stays.append(float((trained.probabilities(moved).argmax(dim=1) == trained.labels)[known].float().mean()))
    share = sum(stays) / len(stays)
    value = f"{percent(share)} of {int(known.sum())} {trained.part} images stay right"
    if share >= FEW:
        return passed(value)
    return (failed if share < VERY_FEW else warned)(value, "augment=affine, or model=cnn")


RULE = Rule(
    "DL801",
    "A shift by a pixel changes nothing",
    "how many images that are classified right stay so when they are shifted by one pixel left, right, up and down",
    "WARN below 93%, FAIL below 80%; measured here on MNIST: MLP 97.3%, CNN 99.1% (Ribeiro et al., CheckList, 2020, "
    "for the kind of test; Azulay and Weiss, 2019, for shifts)",
    "Nobody draws a digit at exactly the place where those of the training set lie.",
    check,
)
