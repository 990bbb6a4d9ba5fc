"""Which curves are shown, and what is said of them."""

from html.parser import HTMLParser
from typing import Any

import pytest

from digitlab.reports.diagnosis_charts import charts
from support.diagnoses import diagnosis


def titles(figures: dict[str, Any]) -> list[str]:
    return [part.partition("<h3>")[2].partition("</h3>")[0] for part in charts(figures)]


def test_each_curve_has_its_chart() -> None:
    assert titles(diagnosis().figures) == [
        "Learning-rate range test", "Training loss", "One batch, learnt by heart", "Schedule", "Classes",
    ]  # fmt: skip
    for part in charts(diagnosis().figures):
        HTMLParser().feed(part)


@pytest.mark.parametrize(
    "figures",
    [
        {},
        {"loss": None, "classes": {}, "layers": [], "something": 1},
        {"loss": {"step": [], "loss": [], "chance": 2.3}},
        {"loss": {"step": [1, 2], "loss": [None, None]}, "schedule": {"step": [1], "lr": [None]}},
        {"classes": {"train": [0, 0], "val": []}},
        {"lr_range": {"lr": [0.0, -1.0], "loss": [1.0, 1.0], "suggestion": None, "configured": 0.0}},
    ],
)
def test_what_was_not_measured_is_left_out(figures: dict[str, Any]) -> None:
    assert titles(figures) == []


def test_a_lost_loss_is_said() -> None:
    (part,) = charts({"loss": {"step": [0, 1, 2], "loss": [2.3, 9.0, None], "chance": 2.3}})
    assert "No finite number at step 2." in part
    assert "the loss of guessing, 2.3" in part


def test_a_run_that_is_over_shows_its_epochs() -> None:
    epochs = {
        "epoch": [1, 2, 3],
        "train_loss": [2.0, 1.0, 0.5],
        "val_loss": [2.1, None, 0.9],
        "val_acc": [0.3, 0.6, 0.8],
    }
    losses, accuracies = charts({"epochs": epochs})
    assert losses.count("<path") == 2
    assert "No finite number at epoch 2." in losses
    assert accuracies.count("<path") == 1
    assert "training</span>" not in accuracies
    assert titles({"epochs": {"epoch": [1]}}) == []


def test_an_explosion_is_said_and_does_not_flatten_the_rest() -> None:
    (part,) = charts({"loss": {"step": [0, 1, 2, 3], "loss": [2.3, 1.0, 2.0, 1e9], "chance": 2.3}})
    assert "It explodes, to 1e9." in part
    assert 'class="end"' in part
    assert "1e9" not in part.partition("</svg>")[0]
    (part,) = charts({"loss": {"step": [0, 1], "loss": [2.3, 1.0]}})
    assert "explodes" not in part


def test_the_suggestion_is_said_if_there_is_one() -> None:
    data = {"lr": [1e-5, 1e-3, 0.1], "loss": [2.3, 1.0, 80.0], "configured": 1e-2}
    (part,) = charts({"lr_range": {**data, "suggestion": 1e-3}})
    assert "suggested 0.001" in part
    assert "configured 0.01" in part
    (part,) = charts({"lr_range": {**data, "suggestion": None}})
    assert "suggested" not in part.partition("<svg")[2].partition("</svg>")[0]
