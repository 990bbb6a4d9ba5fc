"""Which values each configuration key may have, so that a wrong one is refused at once and by its name.

The checks run before torch is imported and before a directory is made; that is why they stand here, in one light
table, and not in the constructors, which trust what they are given. A test proves that every key of every file in
`conf/` has its rule. What must hold between several keys is in
`combinations`. A rule binds to what we configure with a key: what somebody's own class takes is its own affair.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import yaml

from digitlab.cli.schema.experiment_rules import EXPERIMENT_RULES
from digitlab.cli.schema.model_rules import MODEL_RULES, WIDEST
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
    left_out,
    many,
    one_of,
    whole,
)
from digitlab.data.catalogue import IDX, IMAGE_FOLDER, NAMES
from digitlab.errors import did_you_mean, refuse
from digitlab.runs.directories import LONGEST_LABEL
from digitlab.safe_instantiate import is_ours, targets

RATE = above(0)
SEED = whole(0, 2**32 - 1)
SHARE_OF_BATCHES = either(
    Rule("a share in (0.0, 1.0]", lambda value: isinstance(value, float) and 0 < value <= 1),
    whole(1),
)
STRATEGIES = (  # those of Lightning that start processes by the command line, which is what resumes and signals rely on
    "auto", "ddp", "ddp_find_unused_parameters_true", "ddp_find_unused_parameters_false", "fsdp", "fsdp_cpu_offload",
    "deepspeed", "deepspeed_stage_1", "deepspeed_stage_2", "deepspeed_stage_3",
)  # fmt: skip
PRECISIONS = (  # all of Lightning's, in both of its ways of writing
    "auto", "32-true", "bf16-mixed", "16-mixed", "64-true", "bf16-true", "16-true", "32", "64", "16", "bf16",
    "transformer-engine", "transformer-engine-float16",
)  # fmt: skip

NAME = Rule(
    f"up to {LONGEST_LABEL} letters, digits, - and _",
    lambda value: isinstance(value, str | int) and re.fullmatch(r"[\w-]+", str(value), re.ASCII) is not None
    and len(str(value)) <= LONGEST_LABEL,
)  # fmt: skip

RULES: dict[str, Rule] = {
    "*._target_": TEXT,
    "name": either(NAME, NULL),
    "seed": SEED,
    "monitor": TEXT,
    "mode": either(one_of("min", "max"), NULL),
    "test": FLAG,
    "label_smoothing": between(0, 1, "[)"),
    "memory_format": one_of("auto", "contiguous", "channels_last"),
    "fast_loop": FLAG,
    "fast_malloc": FLAG,
    "compile": FLAG,
    "resume": either(TEXT, NULL),
    "init_from": either(TEXT, NULL),
    "trust": either(TEXT, many(TEXT), NULL),
    "loss": NULL,
    "metrics.*": ANYTHING,
    "sweep": either(TEXT, NULL),
    "hydra.launcher.start": one_of("fork", "spawn"),
    "hydra.launcher.workers": whole(1, 1024),
    "checkpoint_every.seconds": either(at_least(0), NULL),
    "checkpoint_every.steps": either(whole(1), NULL),
    "verbose": FLAG,
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
    "data.stratify": FLAG,
    "data.train_*": TEXT,
    "data.test_share": between(0, 1),
    "data.folder": TEXT,
    "data.classes": many(TEXT),
    "data.invert": either(FLAG, one_of("auto")),
    "data.workers": either(whole(0), NULL),
    "data.test_*": TEXT,
    "data.download": FLAG,
    "data.timeout_seconds": between(0, 86_400),
    **MODEL_RULES,
    "optimizer.lr": RATE,
    "optimizer.weight_decay": at_least(0),
    "optimizer.betas": many(between(0, 1, "[)"), count=2),
    "optimizer.eps": RATE,
    "optimizer.momentum": between(0, 1, "[)"),
    "optimizer.nesterov": FLAG,
    "optimizer.fused": FLAG,
    "optimizer.alpha": between(0, 1, "[)"),
    "scheduler": NULL,
    "scheduler.monitor": either(TEXT, NULL),
    "scheduler.interval": one_of("step", "epoch"),
    "scheduler.mode": either(one_of("min", "max"), NULL),
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
    "trainer.devices": either(whole(1), Rule("-1 for all", lambda value: value == -1), one_of("auto"), many(whole(0))),
    "trainer.num_nodes": whole(1),
    "trainer.strategy": one_of(*STRATEGIES),
    "trainer.precision": either(one_of(*PRECISIONS), Rule("16, 32 or 64", lambda value: value in (16, 32, 64))),
    "trainer.max_epochs": either(whole(1), Rule("-1 for no limit", lambda value: value == -1)),
    "trainer.max_steps": either(whole(1), Rule("-1 for no limit", lambda value: value == -1)),
    "trainer.gradient_clip_val": either(RATE, NULL),
    "trainer.gradient_clip_algorithm": one_of("norm", "value"),
    "trainer.logger": left_out("loggers are chosen with logger=..."),
    "trainer.callbacks": left_out("callbacks are added with +callbacks.<name>._target_=..."),
    "trainer.plugins": left_out("checkpoints are written by ours, which loses none"),
    "trainer.default_root_dir": left_out("paths.output_root says where runs lie"),
    "trainer.model_registry": left_out("checkpoints lie in the run directory"),
    "trainer.limit_predict_batches": left_out("no command predicts"),
    "trainer.accumulate_grad_batches": whole(1),
    "trainer.check_val_every_n_epoch": either(whole(1), NULL),
    "trainer.log_every_n_steps": whole(1),
    "trainer.num_sanity_val_steps": either(whole(0), Rule("-1 for all", lambda value: value == -1)),
    "trainer.deterministic": FLAG,
    "trainer.limit_train_batches": SHARE_OF_BATCHES,
    "trainer.limit_*": either(SHARE_OF_BATCHES, Rule("0 for none", lambda value: value == 0)),
    "trainer.overfit_batches": either(SHARE_OF_BATCHES, between(0, 1, "[]")),
    "trainer.fast_dev_run": either(FLAG, whole(1)),
    "trainer.profiler": either(one_of("simple", "advanced", "pytorch"), NULL),
    "trainer.profiler.*": TEXT,
    "trainer.enable_*": FLAG,
    "callbacks.*.dirpath": TEXT,
    "callbacks.*.filename": TEXT,
    "callbacks.*.monitor": either(TEXT, NULL),
    "callbacks.*.mode": either(one_of("min", "max"), NULL),
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
    **EXPERIMENT_RULES,
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


def value_faults(config: Mapping[str, Any]) -> list[str]:
    """Return a line for each value that its key may not have: `key must be ..., got ...`.

    Args:
        config: The composed configuration as plain data, without Hydra's own section.
    """
    foreign = [f"{key}." for key, section in targets(config) if not is_ours(key, section)]
    faults = (
        _fault(key, value, rule_for(key))
        for key, value in leaves(config)
        if not any(key.startswith(prefix) for prefix in foreign)
    )
    return [fault for fault in faults if fault is not None]


def check_values(config: Mapping[str, Any]) -> None:
    """Refuse values that their keys may not have.

    Raises:
        UserError: With a line for each.
    """
    refuse(value_faults(config))


def _fault(key: str, value: Any, rule: Rule | None) -> str | None:
    if rule is None or rule.accepts(value):
        return None
    shown, hint = "null" if value is None else value, ""
    if isinstance(value, str):
        hint = _text_hint(key, value, rule) or did_you_mean(value, rule.choices)
    return f"{key} must be {rule.allowed}, got {shown}{hint}"


def _text_hint(key: str, value: str, rule: Rule) -> str:
    """Return what to write where a text is right but for its type, as `seed=${oc.env:SEED}` gives it."""
    try:
        meant = yaml.safe_load(value)
    except yaml.YAMLError:
        return ""
    if isinstance(meant, str) or not rule.accepts(meant):
        return ""
    return (
        f" as text; type {key}={value} without quotes, or {key}=$NAME for a variable of the shell; in a file "
        "${oc.decode:${oc.env:NAME}}"
    )
