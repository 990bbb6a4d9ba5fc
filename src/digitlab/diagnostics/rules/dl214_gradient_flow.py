"""Whether gradients arrive at the first layer as they leave the last."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence
    from digitlab.diagnostics.evidence.records import Step

FIRST = 3  # steps


def check(evidence: "Evidence") -> Finding:
    """Judge the root mean square gradient of the first layer against that of the last, and the norm of all."""
    steps = [step for step in evidence.run.record.steps if step.gradients][:FIRST]
    layers = evidence.subject.weighted()
    names = [f"{name}.weight" for name in layers if any(f"{name}.weight" in step.gradients for step in steps)]
    if not names:
        raise Skipped("no gradient was seen")
    total = min(sum(size**2 for size in step.gradients.values()) ** 0.5 for step in steps)  # later it tells of the rate
    sizes = dict(evidence.subject.module.named_parameters())

    def rms(name: str, step: "Step") -> float:
        return step.gradients.get(name, 0.0) / sizes[name].numel() ** 0.5

    # Of several steps, since a last layer that begins at zero passes no gradient on in the first.
    ratios = [rms(names[0], step) / max(rms(names[-1], step), 1e-30) for step in steps]
    least, most = min(ratios), max(ratios)
    if most == 0:
        raise Skipped("the first layer has no gradient at all (DL207)")
    value = f"first layer's to the last's: {short(most)}; norm of all: {short(total)}"
    clip = paste(evidence.settings, "trainer.gradient_clip_val=1.0", "clip the norm: Trainer(gradient_clip_val=1.0)")
    cure = paste(evidence.settings, "model.norm=batch", "BatchNorm, residual connections, ReLU with its initialisation")
    if not total < 1000 or least > 1000:
        return failed(value, clip)
    if most < 1e-4 and len(names) > 1:
        return failed(value, cure)
    if total > 100 or least > 100:
        return warned(value, clip)
    return warned(value, cure) if most < 1e-3 and len(names) > 1 else passed(value)


RULE = Rule(
    "DL214",
    "Gradients neither vanish nor explode",
    "root mean square gradient of the first layer's weights over that of the last's, and the norm of all gradients, "
    "before clipping, in the first three steps",
    "FAIL for a ratio below 0.0001 or above 1000 or a norm above 1000, WARN below 0.001, above 100, above 100 "
    "(Hochreiter, 1991; Pascanu et al., 2013)",
    "Layers that get a ten-thousandth of the gradient do not learn; steps along huge gradients destroy what was "
    "learnt.",
    check,
    ("DL205", "DL213", "DL217", "DL401", "DL402", "DL403", "DL601", "DL604", "DL302"),
)
