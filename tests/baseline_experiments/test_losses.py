"""The losses as an experiment: what holds is found to hold, and a wrong loss is found out."""

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.baseline.gradcheck import central_differences
from digitlab.baseline.initialisers import he_normal, torch_uniform
from digitlab.baseline.losses import binary_cross_entropy, cross_entropy
from digitlab.baseline_experiments import losses, textbook
from digitlab.baseline_experiments.losses import (
    LOGITS,
    bce_slope,
    examples,
    far_out,
    first_loss,
    mse_slope,
    steps_to_right,
)
from digitlab.baseline_experiments.outcome import Outcome
from digitlab.baseline_experiments.plots.losses import draw
from digitlab.errors import UserError


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return losses.run(classes=[2, 10], hidden_sizes=[32], lr=1.0, seeds=5, seed=0)


def test_all_bounds_are_kept_and_the_picture_is_drawn(outcome: Outcome, tmp_path: Path) -> None:
    assert [str(bound) for bound in outcome.bounds if not bound.kept] == []
    assert draw(outcome.story, tmp_path) == ["losses.png"]
    with Image.open(tmp_path / "losses.png") as picture:
        assert picture.width <= 1100
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50


def test_one_seed_has_no_spread_and_no_warning(tmp_path: Path) -> None:
    outcome = losses.run(classes=[3], hidden_sizes=[], lr=1.0, seeds=1, seed=0)
    assert "± 0.000" in outcome.tables[1].rows[0][2]
    assert draw(outcome.story, tmp_path) == ["losses.png"]


def test_slopes_are_those_of_each_logit_alone() -> None:
    x = LOGITS[::40].copy()
    squared = central_differences(lambda: float(((1 / (1 + np.exp(-x)) - 1) ** 2).sum()), x)
    np.testing.assert_allclose(mse_slope(x), squared, atol=1e-9)
    entropy = central_differences(lambda: float(np.log1p(np.exp(-x)).sum()), x)
    np.testing.assert_allclose(bce_slope(x), entropy, atol=1e-9)


def test_mse_is_slow_where_cross_entropy_is_not() -> None:
    assert steps_to_right(bce_slope, 1.0) == 9
    assert steps_to_right(mse_slope, 1.0) > 100 * 9
    assert steps_to_right(mse_slope, 1e-6) == losses.MOST_STEPS


def test_textbook_losses_are_right_near_zero_and_break_far_out(outcome: Outcome) -> None:
    logits, labels, _ = examples("softmax", np.random.default_rng(1))
    assert textbook.cross_entropy(logits, labels).mean() == pytest.approx(cross_entropy(logits, labels)[0], rel=1e-13)
    logits, target, _ = examples("binary", np.random.default_rng(1))
    expected = binary_cross_entropy(logits, target)[0]
    assert textbook.binary_cross_entropy(logits, target).mean() == pytest.approx(expected, rel=1e-13)
    finite = losses.WIDE[np.isfinite(outcome.story.naive)]
    assert (finite.min(), finite.max()) == (-709, 36)


def test_a_naive_loss_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def naive(logits: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
        return float(textbook.binary_cross_entropy(logits, target).mean()), logits

    monkeypatch.setattr(losses, "binary_cross_entropy", naive)
    with pytest.raises(FloatingPointError, match="overflow"):
        far_out()


def test_a_wrong_gradient_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def sloppy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = cross_entropy(logits, labels)
        return value, gradient * 1.001

    monkeypatch.setitem(losses.LOSSES, "softmax", sloppy)
    wrong = losses.run(classes=[2], hidden_sizes=[], lr=1.0, seeds=2, seed=0)
    assert [bound.figure.partition(" ")[0] for bound in wrong.bounds if not bound.kept] == ["gradients'", "gradients'"]


def test_larger_first_weights_cost_more_than_guessing() -> None:
    torchs, hes = (
        np.mean([first_loss(10, [32], init, np.random.default_rng(seed)) for seed in range(10)])
        for init in (torch_uniform, he_normal)
    )
    assert math.log(10) < torchs < math.log(10) + 0.1 < hes


def test_no_classes_are_refused() -> None:
    with pytest.raises(UserError, match=r"classes must name at least one number of classes, got \[\]"):
        losses.check(classes=[])
