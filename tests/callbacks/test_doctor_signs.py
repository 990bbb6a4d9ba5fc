"""The bounds of what the doctor says while a network trains."""

import math

import pytest

from digitlab.callbacks.doctor_signs import SIGNS, explodes, loss_rose, overfits, updates_small


def test_every_sign_has_a_code_of_its_own_and_words() -> None:
    assert len({sign.code for sign in SIGNS}) == len(SIGNS)
    assert all(sign.title and sign.bound and sign.why for sign in SIGNS)


@pytest.mark.parametrize(
    ("norm", "first", "is_so"),
    [(1e5, [], True), (500, [1.0, 1.2, 0.9], True), (50, [0.01, 0.02, 0.01], False), (900, [30, 40, 35], False)],
)
def test_gradients_explode_beside_their_start(norm: float, first: list[float], is_so: bool) -> None:
    assert explodes(norm, first) is is_so


@pytest.mark.parametrize(
    ("now", "start", "is_so"), [(2.31, 2.3, False), (2.7, 2.3, True), (0.05, 0.01, False), (0.3, 0.01, True)]
)
def test_a_loss_has_risen_by_more_than_noise(now: float, start: float, is_so: bool) -> None:
    assert loss_rose(now, start) is is_so


def test_small_updates_are_meant_where_a_schedule_has_come_down() -> None:
    assert updates_small(1e-7, 1e-3, 1e-3)
    assert not updates_small(1e-7, 1e-8, 1e-3)
    assert not updates_small(1e-7, 0.0, 0.0)
    assert not updates_small(1e-3, 1e-3, 1e-3)


def test_overfitting_begins_at_the_lowest_validation_loss() -> None:
    falling = [1.0, 0.5, 0.3, 0.2, 0.1]
    assert overfits(falling, [0.5, 0.3, 0.35, 0.4, 0.5]) == 1
    assert overfits(falling[:3], [0.5, 0.3, 0.5]) is None  # one validation may be a bad one
    assert overfits([1.0, 0.5, 0.6, 0.7, 0.8], [0.5, 0.3, 0.35, 0.4, 0.5]) is None  # training got worse as well
    assert overfits(falling, [0.5, 0.3, 0.31, 0.3, 0.32]) is None
    assert overfits(falling, [0.5, 0.3, math.nan, 0.4, 0.5]) is None
    assert overfits([], []) is None
