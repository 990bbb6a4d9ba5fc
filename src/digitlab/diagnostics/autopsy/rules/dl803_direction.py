"""Whether the network is less sure of what is harder to see (expected direction)."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

ROOM = 0.005  # by which a mean confidence may rise


def check(run: "RunOver") -> Finding:
    """Judge the mean confidence on the images, and on two grades of blur and of noise."""
    from digitlab.diagnostics.autopsy.behaviour import blurred, noisy  # late: rules are listed without torch

    trained = run.trained
    pictures = {
        "blur": [trained.changed(lambda grey, times=times: blurred(grey, times)) for times in (2, 6)],  # type: ignore[misc]
        "noise": [trained.changed(lambda grey, sd=sd: noisy(grey, sd)) for sd in (0.1, 0.2)],  # type: ignore[misc]
    }
    sure = float(trained.probabilities(trained.images).amax(dim=1).mean())
    texts, wrong = [], []
    for kind, grades in pictures.items():
        means = [sure, *(float(trained.probabilities(images).amax(dim=1).mean()) for images in grades)]
        texts.append(f"{kind} {', then '.join(map(percent, means))}")
        if means[-1] > means[0] + ROOM:
            wrong.append(kind)
    value = f"mean confidence with more {'; with more '.join(texts)}"
    if wrong:
        return warned(f"{value}; it rises with {' and '.join(wrong)}", "label_smoothing=0.1, or augment=affine")
    return passed(value)


RULE = Rule(
    "DL803",
    "More blur and more noise lower confidence",
    "the mean of the highest class probability over images, blurred (2 and 6 times over 3x3 pixels) and with noise "
    "(sd 0.1 and 0.2 of the range)",
    "WARN if it is higher by half a point at the strongest grade (Ribeiro et al., CheckList, 2020: directional "
    "expectation); beyond that, at sd 0.5, a CNN of ours was 100% sure of noise",
    "A network that is surer of what nobody can read tells nothing by its confidence.",
    check,
)
