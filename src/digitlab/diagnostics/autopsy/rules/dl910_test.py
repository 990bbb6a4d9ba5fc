"""Whether the test images were met as well as the validation images."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

FAR, VERY_FAR = 0.03, 0.1


def check(run: "RunOver") -> Finding:
    """Judge the accuracies of the kept weights."""
    result = run.result
    val, test = result.get("val/acc"), result.get("test/acc")
    if not all(isinstance(figure, int | float) for figure in (val, test)):
        raise Skipped("result.json has no accuracy of both validation and test images")
    assert val is not None
    assert test is not None
    value = f"test {percent(test)}, validation {percent(val)}"
    if abs(val - test) <= FAR:
        return passed(value)
    mend = "python src/diagnose.py looks for leaks and for images on another scale"
    higher = (
        "the test set is easier, or leaks into training" if test > val else "it is of another kind, or validation leaks"
    )
    judge = failed if abs(val - test) > VERY_FAR else warned
    return judge(f"{value}: {higher}", mend)


RULE = Rule(
    "DL910",
    "Test and validation agree",
    "the accuracies of the kept weights on validation and on test images",
    "WARN over 3 points, FAIL over 10; with 5,000 images at 98% chance alone gives 0.4 (two standard errors)",
    "Whatever was chosen on the validation images does not hold for new ones.",
    check,
)
