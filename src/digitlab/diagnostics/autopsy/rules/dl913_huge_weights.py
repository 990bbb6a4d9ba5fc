"""Whether weights have grown beyond all measure."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import short

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

LARGE, HUGE = 10.0, 1000.0  # times what an initialisation of variance 2 over the inputs has


def check(run: "RunOver") -> Finding:
    """Judge the root mean square of each weight matrix beside that of He's initialisation."""
    times = {}
    for name, value in run.weights.items():
        if value.ndim > 1 and value.is_floating_point() and value.isfinite().all():
            inputs = value[0].numel()
            times[name] = float(value.double().square().mean().sqrt()) / (2 / inputs) ** 0.5
    if not times:
        raise Skipped("the checkpoint has no finite weight matrices")
    worst = max(times, key=lambda name: times[name])
    value = f"at most {short(times[worst])} times the usual initial size, in {worst}"
    if times[worst] <= LARGE:
        return passed(value)
    mend = f"{run.another_rate()}, or optimizer=adamw optimizer.weight_decay=0.01"
    return failed(value, mend) if times[worst] > HUGE else warned(value, mend)


RULE = Rule(
    "DL913",
    "No layer has huge weights",
    "the root mean square of each weight matrix beside sqrt(2 / inputs), that of He's initialisation (2015)",
    "WARN over 10 times, FAIL over 1,000 times; the lesson's networks end at 1 to 3 times",
    "Huge weights saturate what follows and make the network sure of what it does not know.",
    check,
)
