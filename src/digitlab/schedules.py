"""Learning-rate schedules, ours and torch's, each as the dictionary in which Lightning wants a scheduler.

Every function takes the optimizer and `total_steps`, the number of optimizer steps of the whole run, which only
the trainer knows; the other arguments are the keys of `conf/scheduler/*.yaml`.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from torch.optim import Optimizer, lr_scheduler

from digitlab.errors import UserError
from digitlab.safe_instantiate import SCHEDULES, locate, safe_instantiate

LIGHTNINGS = ("interval", "monitor")  # stand beside the arguments of a scheduler that is not ours
NEVER = 2**31  # Lightning would step a plateau schedule after the epoch's checkpoint; the module does it, before


def build_schedule(section: Mapping[str, Any], optimizer: Optimizer, total_steps: int) -> dict[str, Any]:
    """Return a schedule in Lightning's form.

    Args:
        section: `_target_` and arguments: a function of this module, or a scheduler of torch or of anybody, which
            steps once an epoch, or at each step with `interval: step`; one that watches a metric names it as `monitor`.
        optimizer: Whose rate to schedule.
        total_steps: Optimizer steps of the whole run.

    Raises:
        UserError: If the target is not allowed, or refuses its arguments.
    """
    target = locate(section["_target_"], SCHEDULES, "scheduler")
    if takes_total_steps(target):
        schedule: dict[str, Any] = safe_instantiate(section, optimizer, total_steps, allowed=SCHEDULES)
        return schedule
    check_watches(target, section)
    lightnings = {key: section[key] for key in LIGHTNINGS if key in section}
    arguments = {key: value for key, value in section.items() if key not in lightnings}
    scheduler = safe_instantiate(arguments, optimizer, allowed=SCHEDULES)
    schedule = {"scheduler": scheduler, "interval": "epoch", "frequency": 1, "name": "lr", **lightnings}
    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
        schedule["frequency"] = NEVER
    return schedule


def check_planned(schedule: Mapping[str, Any], total_steps: int) -> None:
    """Refuse a schedule that ends before the run: torch's OneCycleLR raises at the step after.

    Args:
        schedule: In Lightning's form.
        total_steps: Optimizer steps of the whole run.

    Raises:
        UserError: With both numbers of steps.
    """
    name, planned = type(schedule["scheduler"]).__name__, getattr(schedule["scheduler"], "total_steps", total_steps)
    if schedule["interval"] == "step" and planned < total_steps:
        raise UserError(f"scheduler: {name} is planned for {planned} steps, the run has {total_steps}")


def takes_total_steps(target: Any) -> bool:
    """Return whether a target is a function like those below, and no scheduler of torch's kind."""
    return "total_steps" in inspect.signature(target).parameters and not isinstance(target, type)


def check_watches(target: Any, section: Mapping[str, Any]) -> None:
    """Refuse torch's plateau without the metric that it goes by.

    Raises:
        UserError: With what to add.
    """
    watches = isinstance(target, type) and issubclass(target, lr_scheduler.ReduceLROnPlateau)
    if watches and not section.get("monitor"):
        raise UserError("scheduler: ReduceLROnPlateau goes by a metric; add +scheduler.monitor=val/loss")


def plateau(
    optimizer: Optimizer,
    total_steps: int,
    *,
    monitor: str = "val/loss",
    mode: str = "min",
    factor: float = 0.1,
    patience: int = 3,
    min_lr: float = 0.0,
) -> dict[str, Any]:
    """Cut the rate when the monitored metric has stopped improving.

    Args:
        optimizer: Whose rate to schedule.
        total_steps: Not used.
        monitor: Metric to watch, once per epoch after validation.
        mode: "min" if less is better, "max" if more is.
        factor: What the rate is multiplied with, in (0, 1); 0.1 is torch's default, which the lesson keeps.
        patience: Epochs without improvement that are tolerated; the cut comes after one more. 3 is the lesson's.
        min_lr: Rate below which it is not cut.
    """
    scheduler = lr_scheduler.ReduceLROnPlateau(
        optimizer,
        mode="max" if mode == "max" else "min",
        factor=factor,
        patience=patience,
        min_lr=min_lr,
    )
    return {"scheduler": scheduler, "interval": "epoch", "frequency": NEVER, "monitor": monitor, "name": "lr"}


def cosine(optimizer: Optimizer, total_steps: int, *, eta_min: float = 0.0) -> dict[str, Any]:
    """Lower the rate along half a cosine, from its first value to `eta_min` at the last step.

    Args:
        optimizer: Whose rate to schedule.
        total_steps: Optimizer steps of the whole run, the length of the half wave.
        eta_min: Rate at the end.

    References:
        Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, without restarts.
    """
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=total_steps, eta_min=eta_min)
    return {"scheduler": scheduler, "interval": "step", "frequency": 1, "name": "lr"}


def onecycle(
    optimizer: Optimizer,
    total_steps: int,
    *,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> dict[str, Any]:
    """Raise the rate to `optimizer.lr` and bring it down to almost nothing, within one run.

    Args:
        optimizer: Whose rate to schedule; its rate is the peak.
        total_steps: Optimizer steps of the whole run, the length of the cycle.
        pct_start: Share of the steps on the way up, in (0, 1).
        div_factor: Peak divided by the first rate.
        final_div_factor: First rate divided by the last one.

    Raises:
        ValueError: If the way up would be a single step.

    References:
        Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
        2018. The defaults are torch's.
    """
    if pct_start * total_steps == 1:  # torch would divide by zero
        raise ValueError(f"pct_start={pct_start} of {total_steps} steps is a single step, and a rise takes two")
    scheduler = lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=total_steps,
        pct_start=pct_start,
        div_factor=div_factor,
        final_div_factor=final_div_factor,
    )
    return {"scheduler": scheduler, "interval": "step", "frequency": 1, "name": "lr"}


def step(optimizer: Optimizer, total_steps: int, *, step_size: int = 5, gamma: float = 0.1) -> dict[str, Any]:
    """Multiply the rate with `gamma` every `step_size` epochs.

    Args:
        optimizer: Whose rate to schedule.
        total_steps: Not used.
        step_size: Epochs between two cuts.
        gamma: What the rate is multiplied with, in (0, 1).
    """
    scheduler = lr_scheduler.StepLR(optimizer, step_size=step_size, gamma=gamma)
    return {"scheduler": scheduler, "interval": "epoch", "frequency": 1, "name": "lr"}
