"""Whether the optimizer holds the parameters."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import listed

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge which parameters no optimizer holds, and which it holds that are not the module's."""
    plan = evidence.plan
    if not plan.optimizers:
        return failed("there is no optimizer", "return one from configure_optimizers")
    remedy = "give the optimizer self.parameters(), after all layers are made and in their place"
    forgotten = [name for name in plan.forgotten if name not in evidence.attempt.record.idle]
    if forgotten:
        return failed(f"no optimizer holds {listed(forgotten)}", remedy)
    unknown = evidence.attempt.record.unregistered
    if unknown:
        value = f"the step uses weights that are not the module's: {listed(map(_shape, unknown))}"
        return failed(value, "keep layers in nn.ModuleList or nn.ModuleDict, single weights in nn.Parameter attributes")
    if plan.strangers and not plan.trained:
        return failed("the optimizer holds only parameters that are not the module's", remedy)
    if not plan.trained:
        raise Skipped("nothing is to be trained")
    return passed(f"{len(plan.trained)} parameters")


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


RULE = Rule(
    "DL209",
    "The optimizer holds every parameter",
    "the parameters of all optimizers against those of the module that want a gradient, and against those that the "
    "scores of a step depend on",
    "FAIL for one that is left out",
    "What no optimizer holds never moves, and nothing says so.",
    check,
    ("DL101", "DL109", "DL111", "DL207", "DL213", "DL401", "DL402", "DL403", "DL601", "DL604", "DL302"),
)
