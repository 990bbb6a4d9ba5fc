"""Which values do not go together, although each is fine by itself."""

from collections.abc import Mapping
from typing import Any

from digitlab.entry.rules import leaves
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
    direction = "max" if config["monitor"].endswith("/acc") else "min"
    if config["mode"] != direction:
        raise UserError(f"mode must be {direction} with monitor={config['monitor']}, got {config['mode']}")
    if optimizer.get("nesterov") and not optimizer.get("momentum"):
        raise UserError("optimizer.nesterov=true needs optimizer.momentum above 0; try optimizer.momentum=0.9")
    if data["val_share"] is None:
        _check_nothing_monitored(config)
    if config["trainer"].get("overfit_batches") and data["shuffle"]:
        raise UserError(
            "trainer.overfit_batches needs data.shuffle=false, or each epoch has other batches; see debug=overfit"
        )
    if (config.get("callbacks") or {}).get("learning_rate_monitor") and not any((config.get("logger") or {}).values()):
        raise UserError("callbacks.learning_rate_monitor has no logger to write to; use logger=none to leave out both")
    needs_variance = "hidden_sizes" in model and model["hidden_sizes"]
    if needs_variance and data["batch_size"] == 1:
        raise UserError("data.batch_size must be at least 2 for the MLP, whose batch norm needs a variance, got 1")


def _check_nothing_monitored(config: Mapping[str, Any]) -> None:
    for key, value in leaves(config):
        if key.endswith(".monitor") and str(value).startswith("val/"):
            mend = "scheduler=none" if key.startswith("scheduler") else "callbacks=no_validation"
            raise UserError(f"data.val_share=null leaves no validation part, and {key}={value} needs one; add {mend}")
