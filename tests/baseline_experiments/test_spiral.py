"""The spiral: points that are where they should be, and a boundary between them."""

from pathlib import Path

import numpy as np
from PIL import Image

from digitlab.baseline_experiments import spiral
from digitlab.baseline_experiments.plots.spiral import draw

SETTINGS = {"hidden_sizes": [32, 32], "activation": "relu", "lr": 0.01, "points": 200, "turns": 1.0, "noise": 0.01}


def test_points_lie_on_two_arms_half_a_turn_apart() -> None:
    points, labels = spiral.spirals(400, 2.0, 0.0, np.random.default_rng(0))
    assert np.bincount(labels).tolist() == [200, 200]
    np.testing.assert_allclose(points[labels == 0], -points[labels == 1], atol=1e-12)
    radius = np.hypot(*points.T)
    assert 0.05 < radius.min() < 0.06
    assert 0.99 < radius.max() < 1
    angle = np.unwrap(np.arctan2(*points[labels == 0].T[::-1]))
    assert abs((angle[-1] - angle[0]) / (2 * np.pi) - 2 * (radius.max() - radius.min())) < 1e-9


def test_fresh_points_are_not_the_training_points() -> None:
    trained, _ = spiral.spirals(spiral.FRESH_POINTS, 1.0, 0.01, np.random.default_rng(3))
    fresh, _ = spiral.fresh_points(1.0, 0.01, 3)
    assert not np.isclose(trained, fresh, atol=1e-9).all(axis=1).any()


def test_a_net_learns_it_and_the_pictures_are_drawn(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(spiral, "LESSON_EPOCHS", 20)
    monkeypatch.setattr(spiral, "FRAMES", 5)
    outcome = spiral.run(**SETTINGS, epochs=150, seeds=2, seed=0)  # type: ignore[arg-type]
    assert outcome.figures["fresh/acc"] > 0.97
    assert outcome.figures["lesson/train_acc"] < 0.9
    assert [frame.epoch for frame in outcome.story.frames] == [6, 24, 54, 96, 150]
    assert draw(outcome.story, tmp_path) == ["spiral.png", "spiral.gif"]
    assert (tmp_path / "spiral.png").stat().st_size > 20_000
    with Image.open(tmp_path / "spiral.gif") as moving:
        assert moving.n_frames == 5  # type: ignore[attr-defined]
