"""Which values do not go together, although each is fine by itself."""

from collections.abc import Mapping
from typing import Any

from digitlab.cli.schema.rules import leaves
from digitlab.errors import UserError

NEEDED = ("data", "model", "optimizer", "trainer")


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
    _check_sizes(model)
    if optimizer.get("nesterov") and not optimizer.get("momentum"):
        raise UserError("optimizer.nesterov=true needs optimizer.momentum above 0; try optimizer.momentum=0.9")
    trainer = config["trainer"]
    if trainer.get("precision") == "16-mixed" and optimizer.get("fused") and trainer.get("gradient_clip_val"):
        raise UserError(
            "trainer.precision=16-mixed cannot clip gradients with optimizer.fused=true; add optimizer.fused=false"
        )
    if data["val_share"] is None:
        _check_nothing_monitored(config)
    if trainer.get("overfit_batches") and data["shuffle"]:
        raise UserError(
            "trainer.overfit_batches needs data.shuffle=false, or each epoch has other batches; see debug=overfit"
        )
    if (config.get("callbacks") or {}).get("learning_rate_monitor") and not any((config.get("logger") or {}).values()):
        raise UserError("callbacks.learning_rate_monitor has no logger to write to; use logger=none to leave out both")
    needs_variance = "hidden_sizes" in model and model["hidden_sizes"]
    if needs_variance and data["batch_size"] == 1:
        raise UserError("data.batch_size must be at least 2 for the MLP, whose batch norm needs a variance, got 1")


def _check_sizes(model: Mapping[str, Any]) -> None:
    """Refuse a list of sizes that is not as long as the network wants it."""
    channels, depths = model.get("channels"), model.get("depths")
    if depths is not None and len(depths) != len(channels or ()):
        raise UserError(f"model.depths must have one number for each of model.channels={channels}, got {depths}")
    if depths is None and channels is not None and len(channels) != 3:
        raise UserError(f"model.channels must be three numbers for this network, got {channels}")
    if depths is None and model.get("hidden_size") == 0:
        raise UserError("model.hidden_size must be a whole number of at least 1 for this network, got 0")


def _check_nothing_monitored(config: Mapping[str, Any]) -> None:
    for key, value in leaves(config):
        if key.endswith(".monitor") and str(value).startswith("val/"):
            mend = "scheduler=none" if key.startswith("scheduler") else "callbacks=no_validation"
            raise UserError(f"data.val_share=null leaves no validation part, and {key}={value} needs one; add {mend}")
