"""Which values each configuration key may have, so that a wrong one is refused at once and by its name.

The checks run before torch is imported and before a directory is made; that is why they stand here, in one
light table, and not in the constructors, which trust what they are given. A test proves that every key of every
file in `conf/` has its rule.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from digitlab.data.catalog import NAMES
from digitlab.errors import UserError, did_you_mean


@dataclass(frozen=True)
class Rule:
    """What a value must be.

    Attributes:
        allowed: In words, to follow "must be".
        accepts: Whether a value is.
        choices: The values themselves, where they can be listed.
    """

    allowed: str
    accepts: Callable[[Any], bool]
    choices: tuple[str, ...] = ()


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def whole(low: int, high: int | None = None) -> Rule:
    """Return the rule of an integer from `low` to `high`, both included."""
    allowed = f"a whole number of at least {low}" if high is None else f"a whole number in {low}..{high}"
    return Rule(allowed, lambda value: _is_int(value) and low <= value and (high is None or value <= high))


def at_least(low: float) -> Rule:
    """Return the rule of a finite number from `low` upwards."""
    return Rule(f"a number of at least {low:g}", lambda value: _is_number(value) and value >= low)


def above(low: float) -> Rule:
    """Return the rule of a finite number greater than `low`."""
    return Rule(f"a number above {low:g}", lambda value: _is_number(value) and value > low)


def between(low: float, high: float, brackets: str = "()") -> Rule:
    """Return the rule of a number in an interval; a round bracket leaves the end out."""

    def accepts(value: Any) -> bool:
        if not _is_number(value):
            return False
        above_low = value >= low if brackets[0] == "[" else value > low
        return above_low and (value <= high if brackets[1] == "]" else value < high)

    return Rule(f"a number in {brackets[0]}{low:g}, {high:g}{brackets[1]}", accepts)


def one_of(*choices: str) -> Rule:
    """Return the rule of one name among several."""
    return Rule("one of " + ", ".join(choices), lambda value: value in choices, choices)


def either(*rules: Rule) -> Rule:
    """Return the rule of what satisfies any of `rules`."""
    choices = tuple(choice for rule in rules for choice in rule.choices)
    return Rule(
        " or ".join(rule.allowed for rule in rules),
        lambda value: any(rule.accepts(value) for rule in rules),
        choices,
    )


def many(rule: Rule, count: int | None = None) -> Rule:
    """Return the rule of a list of `count` values, or any number of them."""

    def accepts(value: Any) -> bool:
        fits = isinstance(value, list) and (count is None or len(value) == count)
        return fits and all(rule.accepts(item) for item in value)

    size = "" if count is None else f"of {count} values "
    return Rule(f"a list {size}in which each is {rule.allowed}", accepts)


FLAG = Rule("true or false", lambda value: isinstance(value, bool))
TEXT = Rule("text", lambda value: isinstance(value, str) and value != "")
ANYTHING = Rule("anything", lambda value: True)  # left to the constructor, which has the say on it
NULL = Rule("null", lambda value: value is None)
RATE = above(0)
SHARE_OF_BATCHES = either(
    Rule("a share in [0.0, 1.0]", lambda value: isinstance(value, float) and 0 <= value <= 1),
    whole(0),
)
SEED = whole(0, 2**32 - 1)

RULES: dict[str, Rule] = {
    "*._target_": TEXT,
    "seed": SEED,
    "monitor": one_of("val/loss", "val/acc", "train/loss", "train/acc"),
    "mode": one_of("min", "max"),
    "test": FLAG,
    "verbose": FLAG,
    "task": one_of("digitlab.tasks.train", "digitlab.tasks.evaluate"),
    "checkpoint": TEXT,
    "paths.*": TEXT,
    "data.dataset": one_of(*NAMES),
    "data.num_classes": whole(2),
    "data.mean": between(0, 1, "[]"),
    "data.std": RATE,
    "data.batch_size": whole(1, 1_000_000),
    "data.eval_batch_size": whole(1, 1_000_000),
    "data.val_share": either(between(0, 1), NULL),
    "data.split_seed": SEED,
    "data.shuffle": FLAG,
    "data.download": FLAG,
    "data.timeout_seconds": RATE,
    "model.input_size": whole(1),
    "model.num_classes": whole(2),
    "model.hidden_sizes": many(whole(1)),
    "model.hidden_size": whole(1),
    "model.channels": many(whole(1), count=3),
    "model.pool_size": whole(1, 28),
    "model.dropout": between(0, 1, "[)"),
    "optimizer.lr": RATE,
    "optimizer.weight_decay": at_least(0),
    "optimizer.betas": many(between(0, 1, "[)"), count=2),
    "optimizer.eps": RATE,
    "optimizer.momentum": between(0, 1, "[)"),
    "optimizer.nesterov": FLAG,
    "optimizer.alpha": between(0, 1, "[)"),
    "scheduler": NULL,
    "scheduler.monitor": TEXT,
    "scheduler.mode": one_of("min", "max"),
    "scheduler.factor": between(0, 1),
    "scheduler.patience": whole(0),
    "scheduler.min_lr": at_least(0),
    "scheduler.eta_min": at_least(0),
    "scheduler.pct_start": between(0, 1),
    "scheduler.div_factor": RATE,
    "scheduler.final_div_factor": RATE,
    "scheduler.step_size": whole(1),
    "scheduler.gamma": between(0, 1, "(]"),
    "trainer.accelerator": one_of("auto", "cpu", "gpu", "cuda", "mps"),
    "trainer.devices": either(whole(1), one_of("auto"), many(whole(0))),
    "trainer.num_nodes": whole(1),
    "trainer.strategy": TEXT,
    "trainer.precision": one_of("32-true", "16-mixed", "bf16-mixed", "bf16-true", "16-true", "64-true"),
    "trainer.max_epochs": whole(1),
    "trainer.gradient_clip_val": either(RATE, NULL),
    "trainer.accumulate_grad_batches": whole(1),
    "trainer.check_val_every_n_epoch": whole(1),
    "trainer.log_every_n_steps": whole(1),
    "trainer.num_sanity_val_steps": whole(0),
    "trainer.deterministic": FLAG,
    "trainer.limit_*": SHARE_OF_BATCHES,
    "trainer.overfit_batches": SHARE_OF_BATCHES,
    "trainer.fast_dev_run": either(FLAG, whole(1)),
    "trainer.profiler": NULL,
    "trainer.profiler.*": TEXT,
    "trainer.enable_*": FLAG,
    "callbacks.*.dirpath": TEXT,
    "callbacks.*.filename": TEXT,
    "callbacks.*.monitor": either(TEXT, NULL),
    "callbacks.*.mode": one_of("min", "max"),
    "callbacks.*.save_top_k": whole(-1),
    "callbacks.*.patience": whole(0),
    "callbacks.*.min_delta": at_least(0),
    "callbacks.*.refresh_every": whole(1),
    "callbacks.*.logging_interval": either(one_of("step", "epoch"), NULL),
    "callbacks.*.show": FLAG,
    "callbacks.*": ANYTHING,
    "logger.*": ANYTHING,
}

NEEDED = ("data", "model", "optimizer", "trainer")


def rule_for(key: str) -> Rule | None:
    """Return the rule of a dotted key, the first that matches, or `None` for a key that we did not ship."""
    if key in RULES:
        return RULES[key]
    return next((rule for pattern, rule in RULES.items() if fnmatchcase(key, pattern)), None)


def leaves(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of nested settings with its dotted key."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def check_values(config: Mapping[str, Any]) -> None:
    """Refuse the first value that its key may not have.

    Args:
        config: The composed configuration as plain data, without Hydra's own section.

    Raises:
        UserError: `key must be ..., got ...`.
    """
    for key, value in leaves(config):
        rule = rule_for(key)
        if rule is not None and not rule.accepts(value):
            shown = "null" if value is None else value
            hint = did_you_mean(value, rule.choices) if isinstance(value, str) else ""
            raise UserError(f"{key} must be {rule.allowed}, got {shown}{hint}")


def check_together(config: Mapping[str, Any]) -> None:
    """Refuse values that are fine each by itself and impossible together.

    Args:
        config: A training configuration as plain data, each of its values allowed.

    Raises:
        UserError: With both keys, and what to type instead.
    """
    for section in NEEDED:
        if not config.get(section):
            raise UserError(f"{section}=null leaves nothing to train with; choose one with {section}=...")
    data, model, optimizer = config["data"], config["model"], config["optimizer"]
    if model.get("input_size", 784) != 784:
        raise UserError(
            f"model.input_size must be 784, since the data's images have 1 x 28 x 28 values, got {model['input_size']}"
        )
    if model.get("num_classes", data["num_classes"]) != data["num_classes"]:
        raise UserError(
            f"model.num_classes must equal data.num_classes, which is {data['num_classes']}, got {model['num_classes']}"
        )
    if optimizer.get("nesterov") and not optimizer.get("momentum"):
        raise UserError("optimizer.nesterov=true needs optimizer.momentum above 0; try optimizer.momentum=0.9")
    if data["val_share"] is None:
        _check_nothing_monitored(config)
    needs_variance = "hidden_sizes" in model and model["hidden_sizes"]
    if needs_variance and data["batch_size"] == 1:
        raise UserError("data.batch_size must be at least 2 for the MLP, whose batch norm needs a variance, got 1")


def _check_nothing_monitored(config: Mapping[str, Any]) -> None:
    for key, value in leaves(config):
        if key.endswith(".monitor") and str(value).startswith("val/"):
            mend = "scheduler=none" if key.startswith("scheduler") else "callbacks=no_validation"
            raise UserError(f"data.val_share=null leaves no validation part, and {key}={value} needs one; add {mend}")
