"""Whether clipping leaves the steps their length."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import middle, paste, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

SCALE_FREE = ("Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "Rprop", "Lion", "LAMB")


def check(evidence: "Evidence") -> Finding:
    """Judge the clipped norm against the gradients that there are."""
    arguments = evidence.subject.trainer_arguments
    limit = arguments.get("gradient_clip_val")
    if not limit:
        raise Skipped("gradients are not clipped")
    steps = [step for step in evidence.run.record.steps if step.gradients]
    if not steps:
        raise Skipped("no gradient was seen")
    norm = middle(sum(size**2 for size in step.gradients.values()) ** 0.5 for step in steps)
    value = f"to {limit:g}; the gradients' norm is {short(norm)}"
    if arguments.get("gradient_clip_algorithm") == "value":
        sizes = dict(evidence.subject.module.named_parameters())
        norm /= sum(sizes[name].numel() for name in steps[-1].gradients) ** 0.5
        value = f"each number to {limit:g}; these are {short(norm)} on average"
    remedy = paste(evidence.settings, "trainer.gradient_clip_val=1.0", "gradient_clip_val=1.0")
    scale_free = all(name in SCALE_FREE for name, _ in evidence.plan.optimizers)
    tight = (1e-6, 1e-5) if scale_free else (0.01, 0.05)  # of these only epsilon notices
    if limit < tight[0] * norm:
        return failed(value, remedy)
    return warned(value, remedy) if limit < tight[1] * norm else passed(value)


RULE = Rule(
    "DL306",
    "Clipping cuts peaks, not every step",
    "the limit against the median norm of the gradients before clipping",
    "FAIL below 1% of that norm, WARN below 5%; for Adam and its like, which do not mind the scale, a millionth and a "
    "hundred-thousandth; Pascanu et al. (2013) set it at half to ten times the average norm",
    "Where every step is clipped, the clip is the learning rate, and a tiny one.",
    check,
    ("DL302", "DL401", "DL402", "DL403", "DL601", "DL604"),
)
