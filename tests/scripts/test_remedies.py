"""The suite of remedies: its cases are what they say, its numbers are right, and table and figure show them."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import DictConfig
from torch import nn

import benchmark
from benchmarks import remedies, symptoms
from benchmarks.remedy_cases import CASES, SICK, Case, words
from benchmarks.remedy_picture import draw
from benchmarks.remedy_table import markdown
from benchmarks.symptom_names import (
    CURVE_SPREAD,
    DEAD,
    DIVERGED,
    GUESSING,
    LARGEST,
    MEASURES,
    RATIO,
    TRAIN_ACC,
    VAL_ACC,
    VAL_LOSS,
    verdict,
    written,
)
from benchmarks.symptoms import PLAIN, after, first_gradients, measure, prepared, swing
from digitlab.cli.schema.combinations import check_together
from digitlab.cli.schema.rules import check_values
from digitlab.data.batch import ImageSet
from support.running import plain

QUICK = words("data=digits model=mlp model.hidden_sizes=[8] trainer.max_epochs=2 trainer.limit_train_batches=4")
SMALL = Case("a small net", QUICK, words("model.activation=sigmoid"), {"ReLU": ()}, RATIO)
ROWS = [(name, rival) for name, case in CASES.items() for rival in case.contenders()]


@pytest.mark.parametrize(("name", "rival"), ROWS, ids=[" ".join(row) for row in ROWS])
def test_every_net_composes_and_obeys_the_rules(name: str, rival: str, composed: Callable[..., DictConfig]) -> None:
    settings = CASES[name].contenders()[rival]
    config = plain(composed("train", "data=digits", *PLAIN, *settings, "paths.output_dir=somewhere"))
    check_values(config)
    check_together(config)
    assert CASES[name].number in MEASURES
    assert rival == SICK or settings != CASES[name].contenders()[SICK]


def test_a_training_leaves_its_figures() -> None:
    figures = measure(QUICK, seed=1)
    assert set(figures) == {*MEASURES, DIVERGED}
    assert figures[DIVERGED] == figures[DEAD] == 0
    assert all(0 < figures[name] <= 100 for name in (TRAIN_ACC, VAL_ACC))  # type: ignore[operator]
    assert figures[LARGEST] > 0  # type: ignore[operator]
    assert figures == measure(QUICK, seed=1) != measure(QUICK, seed=2)


def test_a_run_that_diverges_counts_as_guessing() -> None:
    figures = measure((*QUICK, "optimizer=sgd", "optimizer.lr=1e30"), seed=1)
    assert (figures[DIVERGED], figures[VAL_ACC], figures[TRAIN_ACC]) == (100, GUESSING, GUESSING)
    assert math.isfinite(figures[LARGEST] or math.nan)
    assert VAL_LOSS not in figures


def test_gradients_are_those_of_the_first_weights_and_leave_the_net_as_it_is() -> None:
    training = prepared((*QUICK, "model.norm=null", "model.dropout=0"), seed=1)
    before = {name: value.clone() for name, value in training.module.state_dict().items()}
    sizes = first_gradients(training)
    data: Any = training.datamodule
    images, labels = data.train_data.images[: symptoms.FIRST_IMAGES], data.train_data.labels[: symptoms.FIRST_IMAGES]
    nn.functional.cross_entropy(training.module(images), labels).backward()
    weights = [value for value in training.module.parameters() if value.ndim == 2]
    expected = [float(weight.grad.square().mean().sqrt()) for weight in weights if weight.grad is not None]
    assert sizes == pytest.approx(expected, rel=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in training.module.state_dict().items())


def test_a_dead_unit_is_one_that_gives_nothing_for_any_image() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 4), nn.ReLU(), nn.Linear(4, 2))
    with torch.no_grad():
        net[1].weight.zero_()
        net[1].bias.copy_(torch.tensor([-1.0, 0.0, 1.0, 2.0]))
        net[3].weight.zero_()
        net[3].bias.copy_(torch.tensor([0.0, 5.0]))

    class Module(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.net(images)

    class Data:
        train_data = ImageSet(torch.rand(8, 1, 28, 28), torch.arange(8) % 2)
        val_data = ImageSet(torch.rand(4, 1, 28, 28), torch.ones(4, dtype=torch.int64))

    figures = after(Module(), Data())
    assert (figures[DEAD], figures[TRAIN_ACC], figures[VAL_ACC]) == (50, 50, 100)
    assert figures[VAL_LOSS] == pytest.approx(math.log(1 + math.exp(-5)), rel=1e-4)


def test_a_swing_is_of_the_last_epochs() -> None:
    assert swing([0.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5]) == 0
    assert swing([0.9, 0.8]) == pytest.approx(0.1 / 2**0.5)
    assert swing([0.9]) == swing([]) == 0


@pytest.mark.parametrize(
    ("name", "sick", "treated", "said"),
    [
        (VAL_ACC, [10.0, 11.0, 12.0], [90.0, 91.0, 92.0], "better"),
        (VAL_ACC, [90.0, 91.0, 92.0], [10.0, 11.0, 12.0], "worse"),
        (VAL_ACC, [90.0, 91.0, 92.0], [90.5, 91.5, 92.5], "no difference"),
        (VAL_ACC, [90.0, 90.0], [90.0, 90.0], "no difference"),
        (VAL_LOSS, [0.5, 0.6], [0.1, 0.11], "better"),
        (RATIO, [1e-9, 2e-9], [0.5, 0.6], "better"),
        (RATIO, [1e3, 2e3], [2.0, 1.5], "better"),  # 1 is what is wanted, from either side
        (LARGEST, [1e6, 2e6], [1.0, 2.0], "better"),
        (DEAD, [10.0, None], [0.0, 0.0], "not told"),
    ],
)
def test_two_standard_errors_make_a_difference(name: str, sick: list[Any], treated: list[Any], said: str) -> None:
    assert verdict(name, sick, treated) == said


def test_figures_are_written_as_mean_and_deviation() -> None:
    assert written(VAL_ACC, [90.0, 91.0, 92.0]) == "91.0 ± 1.0 %"
    assert written(RATIO, [1e-3, 1e-1]) == "0.01 ×/÷ 26.0"
    assert written(VAL_LOSS, [0.5]) == "0.500"
    assert written(CURVE_SPREAD, [None, 1.0, 2.0]) == "1.5 ± 0.7 %"
    assert written(DEAD, [None]) == "-"


def runs(*accuracies: float, ratio: float = 0.5, diverged: float = 0.0) -> list[dict[str, Any]]:
    return [{"figures": {RATIO: ratio, VAL_ACC: accuracy, DIVERGED: diverged}} for accuracy in accuracies]


RESULTS = {SMALL.title: {SICK: runs(10, 11, ratio=1e-6, diverged=100.0), "ReLU": runs(90, 91)}}


def test_the_table_has_a_row_for_each_net() -> None:
    lines = [*markdown([SMALL, CASES["depth"]], RESULTS)]
    assert lines[0].startswith("**A small net** (`data=digits model=mlp")
    assert lines[4:] == [
        "| sick | `model.activation=sigmoid` | 1e-06 ×/÷ 1.0 |  | 10.5 ± 0.7 % |  | 2, 2 diverged |",
        "| ReLU |  | 0.5 ×/÷ 1.0 | better | 90.5 ± 0.7 % | better | 2 |",
        "",
    ]


def test_the_figure_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.remedy_picture.LAYERED", ("a small",))
    draw([SMALL], RESULTS, (), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_the_suite_trains_and_concludes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(remedies.CASES, "depth", SMALL)
    command = ["remedies", "--cases", "depth", "--continue", str(tmp_path / "figures.json")]
    benchmark.main([*command, "--rounds", "2"])
    shown = capsys.readouterr().out
    assert "  round 2: ReLU: " in shown
    assert "| ReLU |  | " in shown
    picture = tmp_path / "figure.png"
    benchmark.main([*command, "--rounds", "2", "--picture", str(picture)])  # from the figures that are there
    assert "round 2" not in capsys.readouterr().out
    assert picture.exists()
