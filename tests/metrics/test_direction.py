"""Which way is better."""

import pytest

from digitlab.metrics import direction

F1 = {"f1": {"_target_": "torchmetrics.F1Score", "task": "multiclass", "num_classes": 10}}


@pytest.mark.parametrize(
    ("monitor", "expected"),
    [
        ("val/loss", "min"), ("train/loss_step", "min"), ("valid_loss", "min"), ("val/acc", "max"), ("val/f1", "max"),
        ("val/gloss", None), ("loss_ratio", None), ("goodness", None),
    ],
)  # fmt: skip
def test_the_direction_of_a_metric(monitor: str, expected: str | None) -> None:
    assert direction(monitor, F1) == expected
