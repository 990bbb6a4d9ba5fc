"""The curves of the rate."""

from itertools import pairwise

import pytest
import torch

from digitlab import schedules
from digitlab.build import check_targets
from digitlab.errors import UserError


def rates(name: str, steps: int, **options: object) -> list[float]:
    """Return the rate before each of `steps` scheduler steps."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = getattr(schedules, name)(optimizer, steps, **options)["scheduler"]
    seen = []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def test_cosine_falls_from_the_rate_to_the_end() -> None:
    curve = rates("cosine", 10, eta_min=0.1)
    assert curve[0] == 1.0
    assert curve[5] == pytest.approx(0.55)
    assert all(later < earlier for earlier, later in pairwise(curve))


def test_onecycle_rises_to_the_rate_and_falls_to_nothing() -> None:
    curve = rates("onecycle", 100)
    assert curve[0] == pytest.approx(1 / 25)
    assert max(curve) == pytest.approx(1.0, rel=1e-3)
    assert curve.index(max(curve)) in (29, 30)
    assert curve[-1] == pytest.approx(1 / 25 / 1e4, rel=0.5)


def test_step_cuts_every_few_epochs() -> None:
    assert rates("step", 5, step_size=2, gamma=0.1) == pytest.approx([1, 1, 0.1, 0.1, 0.01])


def test_plateau_waits_patience_epochs_and_then_one_more() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = schedules.plateau(optimizer, 0, monitor="val/loss", patience=3)
    assert (schedule["interval"], schedule["monitor"]) == ("epoch", "val/loss")
    curve = []
    for loss in (1.0, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6):
        schedule["scheduler"].step(loss)
        curve.append(optimizer.param_groups[0]["lr"])
    assert curve == pytest.approx([1, 1, 1, 1, 1, 0.1, 0.1])


@pytest.mark.parametrize(
    ("name", "interval"),
    [("cosine", "step"), ("onecycle", "step"), ("step", "epoch"), ("plateau", "epoch")],
)
def test_intervals_are_what_lightning_is_told(name: str, interval: str) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    assert getattr(schedules, name)(optimizer, 10)["interval"] == interval


def test_torchs_plateau_needs_its_metric_before_anything_is_made() -> None:
    section = {"_target_": "torch.optim.lr_scheduler.ReduceLROnPlateau", "patience": 0}
    with pytest.raises(UserError, match=r"add \+scheduler\.monitor=val/loss"):
        check_targets({"scheduler": section})
    check_targets({"scheduler": {**section, "monitor": "val/loss"}})
    with pytest.raises(UserError, match=r"scheduler\.patiance is not an argument"):
        check_targets({"scheduler": {**section, "monitor": "val/loss", "patiance": 1}})


def test_torchs_one_cycle_of_fewer_steps_than_the_run_has() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    section = {"_target_": "torch.optim.lr_scheduler.OneCycleLR", "max_lr": 1.0, "total_steps": 10, "interval": "step"}
    schedule = schedules.build_schedule(section, optimizer, 10)
    schedules.check_planned(schedule, 10)
    with pytest.raises(UserError, match="OneCycleLR is planned for 10 steps, the run has 11"):
        schedules.check_planned(schedule, 11)
