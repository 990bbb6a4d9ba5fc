"""The activations as an experiment: the checks find what is wrong, and the gradients fade where they must."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.baseline.activations import Sigmoid, Softmax, Tanh
from digitlab.baseline.containers import Sequential
from digitlab.baseline.initialisers import glorot_uniform, he_normal
from digitlab.baseline.module import Array
from digitlab.baseline.nets import plain_mlp
from digitlab.baseline_experiments import activations, textbook
from digitlab.baseline_experiments.activations import ALL, PLACES, curve, differences, far_out, layer_norms, naive_at
from digitlab.baseline_experiments.outcome import Outcome
from digitlab.baseline_experiments.plots.activations import draw


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return activations.run(depth=6, width=16, seeds=8, seed=0)


class HalfTanh(Tanh):
    """Tanh with a derivative that is wrong."""

    def backward(self, gradient: Array) -> Array:
        return super().backward(gradient) / 2


def test_all_bounds_are_kept_and_the_picture_is_drawn(outcome: Outcome, tmp_path: Path) -> None:
    assert [str(bound) for bound in outcome.bounds if not bound.kept] == []
    assert len(outcome.metrics) == 4 * 8 * 6 + 5 * len(PLACES)
    assert draw(outcome.story, tmp_path) == ["activations.png"]
    with Image.open(tmp_path / "activations.png") as picture:
        assert picture.width <= 1100
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50


def test_a_wrong_derivative_is_found() -> None:
    gap = np.abs(curve(HalfTanh(), PLACES)[1] - differences(HalfTanh(), PLACES)).max()
    assert gap == pytest.approx(0.5, abs=0.01)


def test_curves_are_the_known_functions() -> None:
    x = np.array([-2.0, 0.0, 3.0])
    e = np.exp(x)
    np.testing.assert_allclose(curve(Sigmoid(), x), [e / (1 + e), e / (1 + e) ** 2], rtol=1e-14)
    np.testing.assert_allclose(curve(Softmax(), x), [e / (e + 2), 2 * e / (e + 2) ** 2], rtol=1e-14)
    np.testing.assert_allclose(curve(Tanh(), x), [np.sinh(x) / np.cosh(x), np.cosh(x) ** -2.0], rtol=1e-13)


def test_textbook_formulas_are_right_near_zero_and_break_far_out() -> None:
    for name, formula in activations.NAIVE.items():
        np.testing.assert_allclose(formula(PLACES), curve(ALL[name](), PLACES)[0], rtol=1e-10, atol=1e-14)
    assert naive_at("tanh", 1000.0) == "nan (overflow)"
    assert naive_at("softmax", 1000.0) == "nan (overflow)"
    assert naive_at("sigmoid", -1000.0) == "0 (overflow)"  # the value is right, by way of 1 / inf
    assert naive_at("sigmoid", 1000.0) == "1"


def test_an_activation_that_overflows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitlab.baseline.activations.sigmoid", textbook.sigmoid)
    with pytest.raises(FloatingPointError, match="overflow"):
        far_out()


def test_norms_are_those_of_the_hidden_layers_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Sequential] = []
    monkeypatch.setattr(activations, "plain_mlp", lambda *arguments: made.append(plain_mlp(*arguments)) or made[-1])
    norms = layer_norms("tanh", glorot_uniform, 2, 8, np.random.default_rng(0))
    gradients = {name: np.linalg.norm(parameter.grad) for name, parameter in made[0].named_parameters()}
    np.testing.assert_array_equal(norms, [gradients["0.weight"], gradients["2.weight"]])
    assert "4.weight" in gradients  # the head's, of another shape


def test_gradients_fade_through_sigmoids_only() -> None:
    rngs = [np.random.default_rng(seed) for seed in range(10)]
    sigmoid = np.median([layer_norms("sigmoid", glorot_uniform, 5, 24, rng) for rng in rngs], axis=0)
    relu = np.median([layer_norms("relu", he_normal, 5, 24, rng) for rng in rngs], axis=0)
    assert sigmoid.shape == (5,)
    assert (sigmoid[:-1] / sigmoid[1:] < 0.35).all()
    assert 0.1 < relu[0] / relu[-1] < 3


def test_a_dead_net_has_no_share_and_no_warning(tmp_path: Path) -> None:
    outcome = activations.run(depth=4, width=1, seeds=3, seed=0)
    assert (outcome.story.norms["relu"][:, -1] == 0).any()
    assert np.isfinite(outcome.figures["relu/first_over_last"])
    assert draw(outcome.story, tmp_path) == ["activations.png"]
