"""Whether the plainest digits are read without fault (minimum functionality)."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed, warned
from digitlab.diagnostics.wording import listed, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

EACH = 10  # images of a class
FEW, VERY_FEW = 0.95, 0.85


def check(run: "RunOver") -> Finding:
    """Judge the images that lie nearest to the mean training image of their class."""
    import torch  # late: rules are listed without it

    trained = run.trained
    distance = (trained.images.float() - trained.means[trained.labels]).flatten(1).norm(dim=1)
    chosen = []
    for label in range(len(trained.means)):
        own = (trained.labels == label).nonzero().flatten()
        chosen.append(own[distance[own].argsort()[:EACH]])
    places = torch.cat(chosen)
    right = trained.probabilities(trained.images[places]).argmax(dim=1) == trained.labels[places]
    share = float(right.float().mean())
    wrong = sorted({int(label) for label in trained.labels[places][~right]})
    value = f"{percent(share)} of {len(places)} {trained.part} images"
    if share >= FEW:
        return passed(value)
    value += f"; wrong ones are of class {listed(map(str, wrong))}"
    return (failed if share < VERY_FEW else warned)(value, f"train longer, or {run.lower_rate(3)}")


RULE = Rule(
    "DL804",
    "The plainest digits are read without fault",
    "of each class the ten images that lie nearest to its mean training image (Euclidean)",
    "WARN below 95%, FAIL below 85%; measured here on MNIST: MLP and CNN read all of them (Ribeiro et al., CheckList, "
    "2020: minimum functionality)",
    "What fails here fails on what is easiest.",
    check,
)
