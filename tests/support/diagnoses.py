"""A diagnosis with something of everything, and a rule that stands in for others."""

import math
from typing import Any

from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.diagnostics.result import Finding, Result, Rule, Status, passed


def result(code: str, status: Status, title: str, value: str, bound: str, why: str, remedy: str = "") -> Result:
    return Result(code, status, title, value, bound, why, remedy)


CAUSE = result(
    "DL101", Status.FAIL, "Inputs are on the scale that the network was told", "mean 33.3, standard deviation 78.6",
    "mean within 0.5 of 0 and deviation within 0.5..2 over 2,048 training images; weights are drawn for that scale",
    "With inputs a hundred times too large the first layer's gradients are so, too: the loss jumps, and no rate "
    "suits all layers.",
    "data.mean=0.1307 data.std=0.3081",
)  # fmt: skip
RESULTS = (
    CAUSE,
    result("DL104", Status.PASS, "Labels lie in the range of the outputs", "0..9 of 10", "0..C-1", "An index error."),
    result(
        "DL301", Status.WARN, "The learning rate is near what a range test suggests", "0.5, suggested 0.003",
        "within a factor of 10 of the suggestion (Smith, 2017)",
        "Too large, the loss jumps about; too small, training takes for ever.", "optimizer.lr=0.003",
    ),
    result(
        "DL403", Status.FAIL, "Gradients have about one size in all layers", "first to last layer 1 : 4.1e6",
        "1e-3..1e3 over 8 batches", "Layers with vanishing gradients stay as they were drawn.",
        "optimizer=adam trainer.gradient_clip_val=1.0\nmodel.norm=batch model.activation=relu",
    ),
    result("DL501", Status.PASS, "Evaluation mode changes nothing", "0 of 44 tensors changed", "none", "It drifts."),
    result("DL601", Status.SKIP, "Shuffled labels are not learnt as well", "", "", "needs 40 s more than the budget"),
    result("DL801", Status.SKIP, "A shift of one pixel changes few answers", "", "", "the network is not trained"),
)  # fmt: skip
LAYERS = [
    {"name": "features.0", "type": "Conv2d", "activation_mean": 0.012, "activation_sd": 1.31, "dead": 0.03,
     "saturated": None, "gradient_norm": 0.41, "update_ratio": 1.2e-3},
    {"name": "features.3", "type": "Conv2d", "activation_mean": -0.3, "activation_sd": 0.72, "dead": 0.41,
     "saturated": None, "gradient_norm": 0.09, "update_ratio": 8e-4},
    {"name": "classifier.1", "type": "Linear", "activation_mean": 0.0, "activation_sd": 3.1e-4, "dead": None,
     "saturated": 0.97, "gradient_norm": 1.7e-8, "update_ratio": 2e-7},
    {"name": "classifier.<b>4</b>", "type": "Linear", "activation_mean": 12345.6, "activation_sd": 99.0, "dead": 1.0,
     "saturated": 0.0, "gradient_norm": None, "update_ratio": None},
]  # fmt: skip


def _figures() -> dict[str, Any]:
    rates = [10 ** (-6 + 7 * step / 99) for step in range(100)]
    return {
        "lr_range": {
            "lr": rates,
            "loss": [2.3 - 1.9 / (1 + (3e-3 / rate) ** 1.5) + 40 * max(0.0, rate - 0.3) ** 2 for rate in rates],
            "suggestion": 3e-3,
            "configured": 0.5,
        },
        "loss": {
            "step": list(range(400)),
            "loss": [2.3 * math.exp(-step / 90) + 0.2 + 0.15 * math.sin(step * 1.7) for step in range(400)],
            "chance": math.log(10),
        },
        "one_batch": {"step": list(range(60)), "loss": [2.3 * math.exp(-step / 12) for step in range(60)]},
        "schedule": {
            "step": list(range(0, 8600, 86)),
            "lr": [3e-3 * math.sin(math.pi * (step + 1) / 102) ** 2 for step in range(100)],
        },
        "classes": {"train": [5444, 6179, 5470, 5638, 5307, 4987, 5417, 5715, 5389, 5454],
                    "val": [479, 563, 488, 493, 535, 434, 501, 550, 462, 495]},
        "layers": LAYERS,
    }  # fmt: skip


def diagnosis(*results: Result, figures: dict[str, Any] | None = None) -> Diagnosis:
    """Return a diagnosis of these results, or one with something of everything."""
    shown = results or RESULTS
    cause = next((one for one in shown if one.status in (Status.FAIL, Status.WARN)), None)
    drawn = figures if figures is not None else _figures()
    return Diagnosis(shown, cause, drawn, "CNN (102,026 parameters) on mnist, Adam, lr 0.5", 41.3)


def rule(code: str, title: str = "Something is true") -> Rule:
    """Return a rule that passes, called as if it stood in `<code>_learning_rate.py`."""

    def check(evidence: Any) -> Finding:
        return passed("all is well")

    check.__module__ = f"digitlab.diagnostics.rules.{code.lower()}_learning_rate"
    return Rule(code, title, "what is <looked> at", "0..1, since 1 * 1 = 1", "It breaks otherwise.", check)
