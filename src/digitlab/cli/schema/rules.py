"""Which values each configuration key may have, so that a wrong one is refused at once and by its name.

The checks run before torch is imported and before a directory is made; that is why they stand here, in one light
table, and not in the constructors, which trust what they are given. A test proves that every key of every file in
`conf/` has its rule. What must hold between several keys is in `together`.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from digitlab.cli.schema.types import (
    ANYTHING,
    FLAG,
    NULL,
    TEXT,
    Rule,
    above,
    at_least,
    between,
    either,
    many,
    one_of,
    whole,
)
from digitlab.data.catalogue import IDX, IMAGE_FOLDER, NAMES
from digitlab.errors import UserError, did_you_mean
from digitlab.paths import CONF_DIR

RATE = above(0)
SEED = whole(0, 2**32 - 1)
WIDEST = 65_536  # units of a layer; two such layers in a row have 17 GB of weights
SHARE_OF_BATCHES = either(
    Rule("a share in (0.0, 1.0]", lambda value: isinstance(value, float) and 0 < value <= 1),
    whole(1),
)
EXPERIMENTS = sorted(path.stem for path in (CONF_DIR / "baseline" / "experiment").glob("*.yaml"))
METRIC = one_of("val/loss", "val/acc", "train/loss", "train/acc")

RULES: dict[str, Rule] = {
    "*._target_": TEXT,
    "seed": SEED,
    "monitor": METRIC,
    "mode": one_of("min", "max"),
    "test": FLAG,
    "label_smoothing": between(0, 1, "[)"),
    "memory_format": one_of("auto", "contiguous", "channels_last"),
    "compile": FLAG,
    "resume": either(TEXT, NULL),
    "sweep": either(TEXT, NULL),
    "hydra.launcher.start": one_of("fork", "spawn"),
    "checkpoint_every.seconds": either(at_least(0), NULL),
    "checkpoint_every.steps": either(whole(1), NULL),
    "verbose": FLAG,
    "task": one_of("digitlab.tasks.train", "digitlab.tasks.evaluate", "digitlab.tasks.baseline"),
    "checkpoint": TEXT,
    "paths.*": TEXT,
    "data.dataset": one_of(*NAMES, IDX, IMAGE_FOLDER),
    "data.num_classes": whole(2, WIDEST),
    "data.mean": between(0, 1, "[]"),
    "data.std": RATE,
    "data.batch_size": whole(1, 1_000_000),
    "data.eval_batch_size": whole(1, 1_000_000),
    "data.val_share": either(between(0, 1), NULL),
    "data.split_seed": SEED,
    "data.shuffle": FLAG,
    "data.train_*": TEXT,
    "data.test_share": between(0, 1),
    "data.folder": TEXT,
    "data.classes": many(TEXT),
    "data.invert": either(FLAG, one_of("auto")),
    "data.workers": either(whole(0), NULL),
    "data.test_*": TEXT,
    "data.download": FLAG,
    "data.timeout_seconds": RATE,
    "model.input_size": whole(1),
    "model.num_classes": whole(2, WIDEST),
    "model.hidden_sizes": many(whole(1, WIDEST)),
    "model.hidden_size": whole(0, WIDEST),
    "model.channels": many(whole(1, WIDEST)),
    "model.pool_size": whole(1, 28),
    "model.depths": many(whole(1, 100)),
    "model.kernel_size": Rule("an odd whole number in 1..27", lambda value: value in range(1, 28, 2)),
    "model.padding": one_of("same", "valid"),
    "model.dropout": between(0, 1, "[)"),
    "optimizer.lr": RATE,
    "optimizer.weight_decay": at_least(0),
    "optimizer.betas": many(between(0, 1, "[)"), count=2),
    "optimizer.eps": RATE,
    "optimizer.momentum": between(0, 1, "[)"),
    "optimizer.nesterov": FLAG,
    "optimizer.fused": FLAG,
    "optimizer.alpha": between(0, 1, "[)"),
    "scheduler": NULL,
    "scheduler.monitor": METRIC,
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
    "augment": NULL,
    "augment.degrees": between(0, 180, "[]"),
    "augment.scale": between(0, 1, "[)"),
    "augment.shear": between(0, 90, "[)"),
    "augment.shift": between(0, 28, "[]"),
    "augment.elastic": between(0, 28, "[]"),
    "augment.knots": whole(2, 28),
    "trainer.accelerator": one_of("auto", "cpu", "gpu", "cuda", "mps"),
    "trainer.devices": either(whole(1), one_of("auto"), many(whole(0))),
    "trainer.num_nodes": whole(1),
    "trainer.strategy": one_of("auto", "ddp", "ddp_find_unused_parameters_true"),
    "trainer.precision": one_of("auto", "32-true", "16-mixed", "bf16-mixed"),
    "trainer.max_epochs": whole(1),
    "trainer.max_steps": Rule("left out (set trainer.max_epochs or trainer.limit_train_batches)", lambda value: False),
    "trainer.gradient_clip_val": either(RATE, NULL),
    "trainer.accumulate_grad_batches": whole(1),
    "trainer.check_val_every_n_epoch": whole(1),
    "trainer.log_every_n_steps": whole(1),
    "trainer.num_sanity_val_steps": whole(0),
    "trainer.deterministic": FLAG,
    "trainer.limit_*": SHARE_OF_BATCHES,
    "trainer.overfit_batches": either(SHARE_OF_BATCHES, between(0, 1, "[]")),
    "trainer.fast_dev_run": either(FLAG, whole(1)),
    "trainer.profiler": NULL,
    "trainer.profiler.*": TEXT,
    "trainer.enable_*": FLAG,
    "callbacks.*.dirpath": TEXT,
    "callbacks.*.filename": TEXT,
    "callbacks.*.monitor": either(METRIC, NULL),
    "callbacks.*.mode": one_of("min", "max"),
    "callbacks.*.every_seconds": either(at_least(0), NULL),
    "callbacks.*.every_steps": either(whole(1), NULL),
    "callbacks.*.save_top_k": whole(-1),
    "callbacks.weight_averaging.decay": either(between(0, 1), NULL),
    "callbacks.weight_averaging.start": between(0, 1, "[)"),
    "callbacks.*.patience": whole(0),
    "callbacks.*.min_delta": at_least(0),
    "callbacks.*.refresh_every": whole(1),
    "callbacks.*.logging_interval": either(one_of("step", "epoch"), NULL),
    "callbacks.*.show": FLAG,
    "callbacks.*": ANYTHING,
    "logger.*": ANYTHING,
    # The settings of the baseline's experiments stand at the top, without a section.
    "experiment": one_of(*EXPERIMENTS),
    "check": FLAG,
    "pictures": FLAG,
    "threads": whole(1),
    "dataset": one_of("digits", "mnist"),
    "trace": FLAG,
    "lr": RATE,
    "epochs": whole(1),
    "seeds": whole(1),
    "points": whole(2, 100_000),
    "turns": above(0),
    "step": between(1e-12, 0.1, "[]"),
    "dropout": between(0, 1, "[)"),
    "batch_size": whole(2, 1_000_000),
    "val_share": between(0, 1),
    "noise": at_least(0),
    "steps": whole(1),
    "fresh_seeds": whole(2),
    "rates_per_decade": whole(1, 100),
    "tolerance": RATE,
    "widths": many(whole(1)),
    "width": whole(1),
    "depth": whole(2),
    "classes": many(whole(2)),
    "hidden_sizes": many(whole(1)),
    "activation": one_of("relu", "leaky_relu", "sigmoid", "tanh"),
}


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
