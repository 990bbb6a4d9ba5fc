"""Which values each configuration key may have, so that a wrong one is refused at once and by its name.

The checks run before torch is imported and before a directory is made; that is why they stand here, in one light
table, and not in the constructors, which trust what they are given. A test proves that every key of every file in
`conf/` has its rule. What must hold between several keys is in `combinations`. A rule binds to what we configure with a
key: what somebody's own class takes is its own affair.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import yaml

from digitlab.cli.schema.types import (
    ANYTHING,
    FLAG,
    NULL,
    PART,
    TEXT,
    Rule,
    above,
    at_least,
    between,
    either,
    left_out,
    many,
    one_of,
    only,
    whole,
)
from digitlab.data.catalogue import IDX, IMAGE_FOLDER, NAMES
from digitlab.errors import did_you_mean, refuse
from digitlab.paths import CONF_DIR
from digitlab.runs.directories import LONGEST_LABEL
from digitlab.safe_instantiate import is_ours, targets

EXPERIMENTS = sorted(path.stem for path in (CONF_DIR / "baseline" / "experiment").glob("*.yaml"))
ACTIVATIONS = (
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "tanh",
    "sigmoid",
)  # those of digitlab.nets
DEEPEST = 1202  # layers; the deepest of He and others, 2016
WIDEST = 65_536  # units of a layer; two such layers in a row have 17 GB of weights
LABEL = re.compile(rf"[\w-]{{1,{LONGEST_LABEL}}}", re.ASCII)
BATCHES = either(Rule("a share in (0.0, 1.0]", lambda value: isinstance(value, float) and 0 < value <= 1), whole(1))
NAME = Rule(
    f"up to {LONGEST_LABEL} letters, digits, - and _",
    lambda value: isinstance(value, str | int) and LABEL.fullmatch(str(value)) is not None,
)
STRATEGIES = (  # those of Lightning that start processes by the command line, which is what resumes and signals rely on
    "auto", "ddp", "ddp_find_unused_parameters_true", "ddp_find_unused_parameters_false", "fsdp", "fsdp_cpu_offload",
    "deepspeed", "deepspeed_stage_1", "deepspeed_stage_2", "deepspeed_stage_3",
)  # fmt: skip
PRECISIONS = (  # all of Lightning's, in both of its ways of writing
    "auto", "32-true", "bf16-mixed", "16-mixed", "64-true", "bf16-true", "16-true", "32", "64", "16", "bf16",
    "transformer-engine", "transformer-engine-float16",
)  # fmt: skip

KINDS = (  # a rule, and the keys that it is for; those without a section are of the command, or of a NumPy experiment
    (FLAG, "test fast_loop fast_malloc compile verbose check pictures trace data.shuffle data.stratify data.download "
           "doctor find_lr optimizer.nesterov optimizer.fused trainer.deterministic trainer.enable_* callbacks.*.show "
           "model.residual"),
    (NULL, "loss scheduler augment finetuning"),  # the group itself, where nothing is chosen
    (TEXT, "*._target_ monitor checkpoint paths.* data.train_* data.test_* data.folder trainer.profiler.* "
           "callbacks.*.dirpath callbacks.*.filename hydra.run.dir hydra.sweep.dir"),
    (either(TEXT, NULL), "run resume init_from sweep scheduler.monitor callbacks.*.monitor callbacks.*.head"),
    (either(TEXT, many(TEXT), NULL), "trust checks mute"),
    (either(many(whole(0)), many(TEXT), NULL), "data.classes"),
    (either(NAME, NULL), "name"),
    # Names
    (either(one_of("min", "max"), NULL), "mode scheduler.mode callbacks.*.mode"),
    (one_of("step", "epoch"), "scheduler.interval"),
    (either(one_of("step", "epoch"), NULL), "callbacks.*.logging_interval"),
    (one_of("auto", "contiguous", "channels_last"), "memory_format"),
    (one_of("fork", "spawn"), "hydra.launcher.start"),
    (one_of(*NAMES, IDX, IMAGE_FOLDER), "data.dataset"),
    (one_of("digits", "mnist"), "dataset"),
    (one_of(*EXPERIMENTS), "experiment"),
    (either(FLAG, one_of("auto")), "data.invert"),
    (one_of("same", "valid"), "model.padding"),
    (one_of(*ACTIVATIONS), "model.activation"),
    (either(one_of("batch"), NULL), "model.norm"),
    (one_of("torch", "kaiming", "xavier"), "model.init"),
    (one_of("relu", "leaky_relu", "sigmoid", "tanh"), "activation"),
    (one_of("auto", "cpu", "gpu", "cuda", "mps"), "trainer.accelerator"),
    (one_of(*STRATEGIES), "trainer.strategy"),
    (Rule(one_of(*PRECISIONS).allowed, lambda value: str(value) in PRECISIONS, PRECISIONS), "trainer.precision"),
    (one_of("norm", "value"), "trainer.gradient_clip_algorithm"),
    (either(one_of("simple", "advanced", "pytorch"), NULL), "trainer.profiler"),
    # Whole numbers
    (whole(0, 2**32 - 1), "seed data.split_seed data.labels_seed"),
    (whole(-1), "callbacks.*.save_top_k"),
    (whole(0), "scheduler.patience callbacks.*.patience"),
    (either(whole(0, 1024), NULL), "data.workers"),
    (either(whole(0), only(-1, "for all")), "trainer.num_sanity_val_steps"),
    (whole(1), "epochs steps seeds threads model.input_size scheduler.step_size trainer.num_nodes "
               "trainer.accumulate_grad_batches trainer.log_every_n_steps callbacks.*.refresh_every"),
    (either(whole(1), NULL), "data.labels_per_class checkpoint_every.steps trainer.check_val_every_n_epoch "
                             "callbacks.*.every_steps"),
    (either(whole(1), only(-1, "for no limit")), "trainer.max_epochs trainer.max_steps"),
    (either(whole(1, 1024), only(-1, "for all"), one_of("auto"), many(whole(0))), "trainer.devices"),
    (either(FLAG, whole(1)), "trainer.fast_dev_run"),
    (whole(2), "fresh_seeds"),
    (whole(0, WIDEST), "model.hidden_size"),
    (whole(1, WIDEST), "width"),
    (whole(2, WIDEST), "data.num_classes model.num_classes"),
    (many(whole(1, WIDEST)), "model.hidden_sizes model.channels hidden_sizes widths"),
    (many(whole(2, WIDEST)), "classes"),
    (many(whole(1, 100)), "model.depths"),
    (whole(2, 10_000), "depth"),
    (Rule(f"6 n + 2 in 8..{DEEPEST}, as 8, 14, 20, 26, 32, 44 or 56",
          lambda value: isinstance(value, int) and value in range(8, DEEPEST + 1, 6)), "model.depth"),
    (whole(1, 28), "model.pool_size"),
    (whole(2, 28), "augment.knots"),
    (Rule("an odd whole number in 1..27", lambda value: value in range(1, 28, 2)), "model.kernel_size"),
    (whole(1, 1_000_000), "data.batch_size data.eval_batch_size"),
    (whole(2, 1_000_000), "batch_size"),
    (whole(2, 100_000), "points"),
    (whole(1, 100), "rates_per_decade"),
    (whole(1, 1024), "hydra.launcher.workers"),
    # Numbers
    (above(0), "budget lr turns tolerance data.std optimizer.lr optimizer.eps scheduler.div_factor "
               "scheduler.final_div_factor"),
    (either(above(0), NULL), "trainer.gradient_clip_val"),
    (at_least(0), "noise optimizer.weight_decay scheduler.min_lr scheduler.eta_min callbacks.*.min_delta"),
    (either(at_least(0), NULL), "checkpoint_every.seconds callbacks.*.every_seconds"),
    (between(0, 1), "val_share data.test_share scheduler.factor scheduler.pct_start"),
    (either(between(0, 1), NULL), "data.val_share callbacks.weight_averaging.decay"),
    (between(0, 1, "[)"), "label_smoothing dropout model.dropout optimizer.momentum optimizer.alpha augment.scale "
                          "callbacks.weight_averaging.start"),
    (between(0, 1, "(]"), "scheduler.gamma callbacks.*.lr_factor"),
    (either(between(0, 1, "(]"), NULL), "finetuning.lr_factor"),  # of a checkpoint, as is the next but one
    (either(whole(0), NULL), "callbacks.*.unfreeze_at_epoch"),
    (Rule("text", lambda value: isinstance(value, str)), "finetuning.head"),  # the network itself is called ""
    (between(0, 1, "[]"), "data.mean"),
    (many(between(0, 1, "[)"), count=2), "optimizer.betas"),
    (between(1e-12, 0.1, "[]"), "step"),
    (between(0, 86_400), "data.timeout_seconds"),
    (between(0, 180, "[]"), "augment.degrees"),
    (between(0, 90, "[)"), "augment.shear"),
    (between(0, 28, "[]"), "augment.shift augment.elastic"),
    (BATCHES, "trainer.limit_train_batches"),
    (either(BATCHES, only(0, "for none")), "trainer.limit_*"),
    (either(BATCHES, between(0, 1, "[]")), "trainer.overfit_batches"),
    # What has no say here
    (left_out("loggers are chosen with logger=..."), "trainer.logger"),
    (left_out("callbacks are added with +callbacks.<name>._target_=..."), "trainer.callbacks"),
    (left_out("checkpoints are written by ours, which loses none"), "trainer.plugins"),
    (left_out("paths.output_root says where runs lie"), "trainer.default_root_dir"),
    (left_out("checkpoints lie in the run directory"), "trainer.model_registry"),
    (left_out("no command predicts"), "trainer.limit_predict_batches"),
    # Whatever else these sections hold
    (Rule(f"at most {WIDEST}", lambda value: not isinstance(value, int | float) or abs(value) <= WIDEST),
     "metrics.*"),
    (ANYTHING, "callbacks.* logger.*"),
)  # fmt: skip
PARTED = ("callbacks.", "logger.", "metrics.")  # sections of parts, each with a name of its own
RULES: dict[str, Rule] = {key: rule for rule, keys in KINDS for key in keys.split()}


def rule_for(key: str) -> Rule | None:
    """Return the rule of a dotted key, the first that matches, or `None` for a key that we did not ship."""
    if key in RULES:
        return RULES[key]
    if key.startswith(PARTED) and key.count(".") == 1:
        return PART
    return next((rule for pattern, rule in RULES.items() if fnmatchcase(key, pattern)), None)


def leaves(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of nested settings with its dotted key."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _plain_sections(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every section without a `_target_` likewise, but for those that may also be null; no value may be one."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            if "_target_" not in value and rule_for(f"{prefix}{name}") is not NULL:
                yield f"{prefix}{name}", value
            yield from _plain_sections(value, f"{prefix}{name}.")


def check_values(config: Mapping[str, Any]) -> None:
    """Refuse values that their keys may not have.

    Raises:
        UserError: With a line for each.
    """
    refuse(value_faults(config))


def value_faults(config: Mapping[str, Any]) -> list[str]:
    """Return a line for each value of plain settings that its key may not have: `key must be ..., got ...`."""
    foreign = tuple(f"{key}." for key, section in targets(config) if not is_ours(key, section))
    values = (*leaves(config), *_plain_sections(config))
    judged = ((key, value, rule_for(key)) for key, value in values if not key.startswith(foreign))
    return [_fault(key, value, rule) for key, value, rule in judged if rule is not None and not rule.accepts(value)]


def _fault(key: str, value: Any, rule: Rule) -> str:
    shown, hint = "null" if value is None else "nothing" if value == "" else value, ""
    if isinstance(value, str) and value:
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
