"""What the training is going to do: its optimizers, who is in them, and the rate of every step."""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from lightning import Callback, LightningModule, Trainer

from digitlab.diagnostics.evidence.subject import Subject, undisturbed

MOST_STEPS = 200_000  # of a schedule that are looked at


class _Ready(Exception):
    pass


@dataclass
class Plan:
    """What the training is going to do.

    Attributes:
        optimizers: Class name and the settings of each group, without the parameters.
        trained: Names of the parameters that an optimizer holds.
        strangers: How many parameters an optimizer holds that are not the module's.
        frozen: Names of the parameters that want no gradient.
        forgotten: Names of those that want one and that no optimizer holds.
        decayed_vectors: Names of norms' and biases' parameters that decay.
        steps: Of the whole training; 0 if it has no end.
        batches: Of an epoch; 0 if that is not known.
        rates: Of the first group, at each step; empty without a schedule.
        monitors: Of callbacks and schedules that go by a metric: whose, the name, and "min" or "max".
        plateau: Whether a schedule waits for a metric, and cannot be foretold.
    """

    optimizers: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    trained: set[str] = field(default_factory=set)
    strangers: int = 0
    frozen: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    decayed_vectors: list[str] = field(default_factory=list)
    steps: int = 0
    batches: int = 0
    rates: list[float] = field(default_factory=list)
    monitors: list[tuple[str, str, str]] = field(default_factory=list)
    plateau: bool = False
    manual: bool = False


class _Planner(Callback):
    def __init__(self) -> None:
        self.plan = Plan()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        plan = self.plan
        names = {id(parameter): name for name, parameter in pl_module.named_parameters()}
        for optimizer in trainer.optimizers:
            groups = []
            for group in optimizer.param_groups:
                settings = {key: value for key, value in group.items() if key != "params"}
                groups.append(settings)
                for parameter in group["params"]:
                    name = names.get(id(parameter))
                    if name is None:
                        plan.strangers += 1
                        continue
                    plan.trained.add(name)
                    if parameter.ndim < 2 and (settings.get("weight_decay") or 0) > 0:
                        plan.decayed_vectors.append(name)
            plan.optimizers.append((type(optimizer).__name__, groups))
        for name, parameter in pl_module.named_parameters():
            if not parameter.requires_grad:
                plan.frozen.append(name)
            elif name not in plan.trained:
                plan.forgotten.append(name)
        plan.manual = not pl_module.automatic_optimization
        steps = trainer.estimated_stepping_batches
        plan.steps = max(0, int(steps)) if math.isfinite(steps) else 0  # -1 without an end
        batches = trainer.num_training_batches
        plan.batches = int(batches) if math.isfinite(batches) else 0
        waiting = [config for config in trainer.lr_scheduler_configs if config.reduce_on_plateau and config.monitor]
        plan.monitors = [
            (type(one.scheduler).__name__, str(one.monitor), getattr(one.scheduler, "mode", "")) for one in waiting
        ]
        plan.plateau = any(config.reduce_on_plateau for config in trainer.lr_scheduler_configs)
        if trainer.lr_scheduler_configs and not plan.plateau and not plan.manual:
            plan.rates = list(_rates(trainer, min(plan.steps, MOST_STEPS), max(plan.batches, 1)))
        raise _Ready


def _rates(trainer: Trainer, steps: int, batches: int) -> Iterator[float]:
    """Return the rate of each step, as Lightning moves a schedule: it counts batches within an epoch, and epochs."""
    config = trainer.lr_scheduler_configs[0]
    group, accumulated = config.scheduler.optimizer.param_groups[0], trainer.accumulate_grad_batches
    done = 0
    for epoch in count(1):
        for batch in range(1, batches + 1):
            if batch % accumulated and batch < batches:
                continue
            if done == steps:
                return
            yield float(group["lr"])
            done += 1
            if config.interval == "step" and batch % config.frequency == 0 and not _moved(config.scheduler):
                return
        if config.interval == "epoch" and epoch % config.frequency == 0:
            _moved(config.scheduler)


def _moved(scheduler: Any) -> bool:
    """Move a schedule on; return whether it had a step left."""
    try:
        scheduler.step()
    except ValueError:  # it is made for fewer steps; the training itself will say so
        return False
    return True


def planned(subject: Subject) -> Plan:
    """Return the plan of a training, which is set up for that and not begun.

    Raises:
        Exception: What keeps it from being set up.
    """
    planner = _Planner()
    with undisturbed():
        debugging = {"fast_dev_run": subject.trainer_arguments.get("fast_dev_run") or False}
        trainer = subject.trainer(planner, limit_val_batches=0, **debugging)
        with contextlib.suppress(_Ready):
            trainer.fit(subject.fresh_module(), datamodule=subject.fresh_data())
    planner.plan.monitors += [
        (type(one).__name__, monitor, getattr(one, "mode", ""))
        for one in subject.callbacks()
        if isinstance(monitor := getattr(one, "monitor", None), str)
    ]
    return planner.plan
