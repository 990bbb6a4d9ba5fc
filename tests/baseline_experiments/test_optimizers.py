"""The comparison of optimizers: its figures and its pictures."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.baseline_experiments import optimizers
from digitlab.baseline_experiments.outcome import Outcome
from digitlab.baseline_experiments.plots.optimizers import draw
from digitlab.baseline_experiments.rates import RIVALS
from digitlab.baseline_experiments.surfaces import SURFACES


@cache
def outcome() -> Outcome:
    return optimizers.run(
        hidden_sizes=[4], activation="relu", epochs=2, batch_size=400, seeds=1, fresh_seeds=2, rates_per_decade=1,
        steps=30, seed=3,
    )  # fmt: skip


def test_outcome_has_a_figure_for_every_optimizer_and_rows_for_all_that_is_drawn() -> None:
    result = outcome()
    assert {f"{name}/val_loss" for name in RIVALS} <= result.figures.keys()
    assert all(np.isfinite(value) for value in result.figures.values())
    tuning = [row for row in result.metrics if row["part"] == "net, tuning"]
    assert len(tuning) == len(RIVALS) * 6  # rates
    assert {row["surface"] for row in result.metrics if row["part"] == "surface, race"} == set(SURFACES)
    assert any(bound.figure.startswith("GD's validation loss") for bound in result.bounds)
    assert "\n" not in result.summary
    assert [len(table.rows) for table in result.tables] == [7, 5]


def test_gradient_descent_takes_one_step_an_epoch() -> None:
    rivals = outcome().story.rivals
    assert (rivals["GD"].steps, rivals["SGD"].steps) == (2, 6)  # 1,150 images, 400 a step


def test_a_start_from_which_it_diverged_is_told() -> None:
    races = outcome().story.races
    gone = {"ravine": {"GD": replace(races["ravine"]["GD"], heights=np.array([1.0, np.inf]))}}
    assert optimizers.surface_table(gone).rows[0][1].startswith("1 diverged at")


def test_pictures_show_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitlab.baseline_experiments.plots.surfaces.FRAMES", 3)
    monkeypatch.setattr("digitlab.baseline_experiments.plots.surfaces.RESOLUTION", 20)
    story = outcome().story
    names = draw(replace(story, races={name: story.races[name] for name in ("Rosenbrock", "Beale")}), tmp_path)
    assert names == ["optimizers.png", "surfaces.png", "race.gif"]
    for name in names:
        with Image.open(tmp_path / name) as picture:
            assert np.asarray(picture.convert("L")).std() > 10
            assert getattr(picture, "n_frames", 1) == (3 if name == "race.gif" else 1)
