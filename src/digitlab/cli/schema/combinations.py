"""Which values do not go together, although each is fine by itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from digitlab.cli.schema.rules import leaves
from digitlab.errors import did_you_mean, refuse
from digitlab.safe_instantiate import is_ours

NEEDED = ("data", "model", "trainer")
PLANNED = ("digitlab.schedules.onecycle", "digitlab.schedules.cosine")  # for a number of steps
FINETUNING = "digitlab.callbacks.finetuning.Finetuning"


def check_together(config: Mapping[str, Any]) -> None:
    """Refuse values of a training configuration that are allowed each by itself and impossible together.

    Raises:
        UserError: With a line for each: both keys, and what to type instead.
    """
    absent = [section for section in NEEDED if not config.get(section)]
    if config.get("model") and is_ours("model", config["model"]) and not config.get("optimizer"):
        absent.append("optimizer")  # a LightningModule brings its own
    refuse(f"{section}=null leaves nothing to train with; choose one with {section}=..." for section in absent)
    refuse(
        fault
        for kind in (_model_faults, _monitor_faults, _training_faults, _finetuning_faults)
        for fault in kind(config)
    )


def _model_faults(config: Mapping[str, Any]) -> Iterator[str]:
    data, model = config["data"], config["model"]
    if not is_ours("model", model):
        return
    size = model.get("input_size", 784)
    if size != 784:
        yield f"model.input_size must be 784, since the data's images have 1 x 28 x 28 values, got {size}"
    classes = data.get("num_classes")
    if classes is not None and model.get("num_classes", classes) != classes:
        yield f"model.num_classes must equal data.num_classes, which is {classes}, got {model['num_classes']}"
    channels, depths = model.get("channels"), model.get("depths")
    if depths is not None and len(depths) != len(channels or ()):
        yield f"model.depths must have one number for each of model.channels={channels}, got {depths}"
    if depths is None and channels is not None and len(channels) != 3:
        yield f"model.channels must be three numbers for this network, got {channels}"
    if depths is None and model.get("hidden_size") == 0:
        yield "model.hidden_size must be a whole number of at least 1 for this network, got 0"
    if model.get("hidden_sizes") and model.get("norm", "batch") and data.get("batch_size") == 1:
        yield "data.batch_size must be at least 2 for the MLP, whose model.norm=batch needs a variance, got 1"


def _monitor_faults(config: Mapping[str, Any]) -> Iterator[str]:
    named = ((key, value) for key, value in leaves(config) if key.rpartition(".")[2] == "monitor")
    monitors = {key: str(value) for key, value in named if value is not None}
    logged = [f"{split}/{name}" for split in ("train", "val") for name in ("loss", "acc")]
    logged += [f"val/{name}" for name in config["metrics"] or () if f"val/{name}" not in logged]
    if is_ours("model", config["model"]):
        for key, value in monitors.items():
            follows = key != "monitor" and value == config["monitor"]  # of which it is said already
            if value not in logged and not follows:
                yield f"{key} must be one of {', '.join(logged)}, got {value}{did_you_mean(value, logged)}"
    no_images = is_ours("data", config["data"]) and config["data"]["val_share"] is None
    if no_images or config["trainer"].get("limit_val_batches") == 0:
        cause = "data.val_share=null" if no_images else "trainer.limit_val_batches=0"
        needs: dict[str, str] = {}
        for key, value in monitors.items():
            if key != "monitor" and value.startswith("val/"):
                remedy = "scheduler=none" if key.startswith("scheduler") else "callbacks=no_validation"
                needs.setdefault(remedy, f"{key}={value}")
        for remedy, setting in needs.items():
            yield f"{cause} leaves no validation part, and {setting} needs one; add {remedy}"
    if (config.get("callbacks") or {}).get("learning_rate_monitor") and not any((config.get("logger") or {}).values()):
        yield "callbacks.learning_rate_monitor has no logger to write to; use logger=none to leave out both"


def _training_faults(config: Mapping[str, Any]) -> Iterator[str]:
    optimizer, trainer = config["optimizer"] or {}, config["trainer"]
    schedule, endless = str((config["scheduler"] or {}).get("_target_")), (-1, None)
    if schedule in PLANNED and trainer.get("max_epochs") in endless and trainer.get("max_steps", -1) in endless:
        name = schedule.rpartition(".")[2]
        yield f"trainer.max_epochs=-1 has no end, which the {name} schedule is planned for; add scheduler=none"
    if config.get("test") and trainer.get("limit_test_batches") == 0:
        yield "trainer.limit_test_batches=0 leaves nothing to test; type test=false instead"
    if optimizer.get("nesterov") and not optimizer.get("momentum"):
        yield "optimizer.nesterov=true needs optimizer.momentum above 0; try optimizer.momentum=0.9"
    if trainer.get("precision") == "16-mixed" and optimizer.get("fused") and trainer.get("gradient_clip_val"):
        yield "trainer.precision=16-mixed cannot clip gradients with optimizer.fused=true; add optimizer.fused=false"
    if "use_distributed_sampler" in trainer and is_ours("data", config["data"]):
        yield "trainer.use_distributed_sampler must be left out: the images are shared out by the data module"
    if trainer.get("overfit_batches") and config["data"].get("shuffle"):
        yield "trainer.overfit_batches needs data.shuffle=false, or each epoch has other batches; see debug=overfit"


def _finetuning_faults(config: Mapping[str, Any]) -> Iterator[str]:
    for name, section in (config.get("callbacks") or {}).items():
        if not isinstance(section, Mapping) or section.get("_target_") != FINETUNING:
            continue
        if config.get("init_from") is None:
            yield f"callbacks.{name} begins with trained weights; add init_from=<a checkpoint, a run directory, latest>"
        epoch, last = section.get("unfreeze_at_epoch") or 0, config["trainer"].get("max_epochs") or 0
        if 0 < last <= epoch:
            yield (
                f"callbacks.{name}.unfreeze_at_epoch must be below trainer.max_epochs, which is {last}, got {epoch}; "
                "null never unfreezes"
            )
