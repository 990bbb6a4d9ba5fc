"""The duel over one weight: that it is fair, what it measures, its picture."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.baseline.optimizers import SGD, Adam
from digitlab.baseline_experiments import sgd_vs_adam
from digitlab.baseline_experiments.one_weight import TRUE_WEIGHT, Samples, draw, errors, settling
from digitlab.baseline_experiments.outcome import Outcome
from digitlab.baseline_experiments.plots.sgd_vs_adam import draw as draw_picture
from digitlab.errors import UserError


@cache
def outcome() -> Outcome:
    return sgd_vs_adam.run(noise=0.1, steps=120, tolerance=0.1, seeds=30, rates_per_decade=3, seed=5)


def samples(count: int = 4) -> Samples:
    return draw(0.1, 50, count, np.random.default_rng(0))


def test_one_step_of_sgd_is_the_formula() -> None:
    one = Samples(np.array([[0.5]]), np.array([[1.0]]))
    assert errors(SGD, 0.1, one)[:, 0] == pytest.approx([2, TRUE_WEIGHT - 0.1 * 2 * 1.0 * 0.5])


@pytest.mark.parametrize("make", [SGD, Adam])
def test_weights_fitted_together_go_as_if_alone(make: type) -> None:
    every = samples()
    alone = [errors(make, 0.1, Samples(every.x[:, [k]], every.y[:, [k]])) for k in range(4)]
    np.testing.assert_array_equal(errors(make, 0.1, every), np.concatenate(alone, axis=1))


def test_other_units_leave_adam_alone_and_scale_the_rate_of_sgd() -> None:
    every, factor = samples(), 10.0
    np.testing.assert_allclose(errors(Adam, 0.1, every.in_units(factor)), errors(Adam, 0.1, every), rtol=1e-5)
    scaled = errors(SGD, 0.1 / factor**2, every.in_units(factor))
    np.testing.assert_allclose(scaled, errors(SGD, 0.1, every), rtol=1e-9)


def test_without_noise_sgd_never_moves_away() -> None:
    path = errors(SGD, 0.5, draw(0.0, 50, 20, np.random.default_rng(0)))
    assert (np.diff(path, axis=0) <= 0).all()


def test_settling_is_the_step_after_the_last_one_outside() -> None:
    distance = np.array([[2.0, 2.0, 0.0], [0.05, 0.5, 0.0], [0.3, 0.05, 0.0], [0.02, 0.4, 0.0]])
    assert settling(distance, 0.1).tolist() == [3, 4, 0]


def test_what_diverges_never_settles() -> None:
    path = errors(SGD, 1e9, draw(0.1, 60, 3, np.random.default_rng(0)))
    assert np.isinf(path[-1]).all()
    assert settling(path, 0.1).tolist() == [61, 61, 61]


def test_both_get_the_same_fresh_samples_and_other_seeds_than_for_tuning(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Samples, Samples]] = []
    real = sgd_vs_adam.duel

    def spy(make, rates, tuning, fresh, tolerance):  # type: ignore[no-untyped-def]
        seen.append((tuning, fresh))
        return real(make, rates, tuning, fresh, tolerance)

    monkeypatch.setattr(sgd_vs_adam, "duel", spy)
    sgd_vs_adam.run(noise=0.1, steps=20, tolerance=0.1, seeds=3, rates_per_decade=1, seed=5)
    for sgd, adam in zip(seen[::2], seen[1::2], strict=True):
        np.testing.assert_array_equal(sgd[1].y, adam[1].y)
        np.testing.assert_array_equal(sgd[0].y, adam[0].y)
        assert not np.array_equal(sgd[0].x, sgd[1].x)


def test_outcome_tells_that_sgd_is_no_slower_and_that_units_move_its_rate() -> None:
    result = outcome()
    assert result.figures["sgd_over_adam"] < 1.05
    bounds = {bound.figure: bound for bound in result.bounds}
    assert bounds["decades by which other units move Adam's best rate"].kept
    assert bounds["decades by which other units move SGD's best rate"].value == pytest.approx(1, abs=0.4)
    assert {row["part"] for row in result.metrics} == {"tuning", "tuning, other units", "unfair", "fair"}
    assert [row[0] for row in result.tables[0].rows] == ["0", "0.1", "0.2", "0.5"]
    assert "\n" not in result.summary


def test_picture_shows_something(tmp_path: Path) -> None:
    assert draw_picture(outcome().story, tmp_path) == ["sgd_vs_adam.png"]
    with Image.open(tmp_path / "sgd_vs_adam.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 10


def test_a_single_seed_is_refused() -> None:
    with pytest.raises(UserError, match=r"seeds must be at least 2 .*, got 1"):
        sgd_vs_adam.check(seeds=1)
