"""Whether every layer has weights that differ from each other."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import listed, percent

if TYPE_CHECKING:
    from torch import Tensor

    from digitlab.diagnostics.autopsy.run_over import RunOver

DEAD = 0.5  # of the units of a layer
ALIKE = 1e-6  # of the size of a layer's weights


def check(run: "RunOver") -> Finding:
    """Judge the rows of every weight matrix of the kept checkpoint: the weights that lead into one unit."""
    matrices = {
        name: value.flatten(1).double()
        for name, value in run.weights.items()
        if value.ndim > 1 and value.is_floating_point() and len(value) > 1 and value.isfinite().all()
    }
    if not matrices:
        raise Skipped("the checkpoint has no finite weight matrices")
    alike = [name for name, rows in matrices.items() if _alike(rows)]
    if alike:
        return failed(f"all units are alike in {listed(alike)}", "an initialisation that draws weights at random")
    dead = {name: float((rows.abs().amax(dim=1) == 0).double().mean()) for name, rows in matrices.items()}
    worst = max(dead, key=lambda name: dead[name])
    value = f"at most {percent(dead[worst])} of a layer's units have only zeros, in {worst}"
    return passed(value) if dead[worst] <= DEAD else warned(value, "optimizer.weight_decay=0, or a smaller network")


def _alike(rows: "Tensor") -> bool:
    size = float(rows.abs().max())
    return size == 0 or float((rows - rows[:1]).abs().max()) <= ALIKE * size


RULE = Rule(
    "DL912",
    "Every layer has weights that differ",
    "for each weight matrix whether its rows, the weights of one unit each, are alike or zero",
    "FAIL if all rows of a matrix are alike (to a millionth) or zero, WARN if over half of them are zero",
    "Units that are alike get the same gradients and stay alike: the layer is one unit wide (Glorot and Bengio, 2010).",
    check,
    ("DL902", "DL801", "DL802", "DL803", "DL804"),
)
