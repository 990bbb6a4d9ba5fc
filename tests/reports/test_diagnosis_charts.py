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
    assert "No finite number from step 2 on" in part
    assert "the loss of guessing, 2.3" in part


def test_the_suggestion_is_said_if_there_is_one() -> None:
    data = {"lr": [1e-5, 1e-3, 0.1], "loss": [2.3, 1.0, 80.0], "configured": 1e-2}
    (part,) = charts({"lr_range": {**data, "suggestion": 1e-3}})
    assert "suggested 0.001" in part
    assert "configured 0.01" in part
    (part,) = charts({"lr_range": {**data, "suggestion": None}})
    assert "suggested" not in part.partition("<svg")[2].partition("</svg>")[0]
