"""Which settings gave which figures: TensorBoard's table of runs, and the parameters of every other logger."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from torch.utils.tensorboard.summary import hparams

from digitlab.paths import CONF_DIR

GROUPS = ("model", "optimizer", "scheduler", "augment")
SHOWN = (  # a key, or a section with all that is in it
    "seed",
    *GROUPS,
    "loss",
    "label_smoothing",
    "data.dataset",
    "data.batch_size",
    "data.val_share",
    "trainer.max_epochs",
    "trainer.precision",
    "trainer.gradient_clip_val",
    "trainer.accumulate_grad_batches",
)
FIRST = ("model", "optimizer", "optimizer.lr", "data.batch_size", "trainer.max_epochs")  # TensorBoard begins with five
Flat = dict[str, bool | int | float | str]


def flatten(config: Mapping[str, Any], prefix: str = "") -> Flat:
    """Return nested settings as `{"optimizer": "Adam", "optimizer.lr": 0.001}`; lists and None become text."""
    flat: Flat = {}
    for key, value in config.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        elif key == "_target_":
            flat[prefix.removesuffix(".")] = str(value).rpartition(".")[2]
        else:
            flat[f"{prefix}{key}"] = value if isinstance(value, bool | int | float | str) else str(value)
    return flat


def columns(settings: Mapping[str, Any]) -> Flat:
    """Return what the table shows of a configuration: a column for what is compared, none for what is always alike."""
    return {
        key: value
        for key, value in flatten(settings).items()
        if any(key == shown or key.startswith(f"{shown}.") for shown in SHOWN)
    }


def log_hyperparameters(loggers: Iterable[Logger], settings: Mapping[str, Any]) -> None:
    """Give the settings of the run to every logger.

    Args:
        loggers: Where to.
        settings: The composed configuration as plain data.
    """
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            _announce(logger, settings)
        else:
            logger.log_hyperparams(columns(settings))


def log_kept(loggers: Iterable[Logger], figures: Mapping[str, Any], step: int) -> None:
    """Log the validation figures of the kept weights, beside whose test figures they belong, as `best/val_loss`.

    The last value of `val/loss` is that of the last epoch, which need not be the kept one.

    Args:
        loggers: Where to.
        figures: Of the kept weights; "val/..." are taken.
        step: Optimizer steps of the run.
    """
    best = {_kept(name): float(value) for name, value in figures.items() if name.startswith("val/")}
    for logger in loggers if best else ():
        logger.log_metrics(best, step)


def _kept(name: str) -> str:
    return f"best/{name.replace('/', '_')}"


def _announce(logger: TensorBoardLogger, settings: Mapping[str, Any]) -> None:
    """Write the row of this run into TensorBoard's table; its metrics follow as they are logged.

    The table reads the metrics from the scalars of the same names. Lightning's `log_hyperparams` with
    metrics would first log each of them as a false zero.
    """
    names = ("loss", *(settings["metrics"] or ()))  # a module of one's own has none of ours
    metrics = [*(_kept(f"val/{name}") for name in names), *(f"test/{name}" for name in names)]
    row = columns(settings)
    # TensorBoard takes the columns from one of the runs: so each lists those of all our options, not only its own.
    table, _, _ = hparams({**_known_columns(), **row}, dict.fromkeys(metrics, 0.0))  # only the names are written
    _, start, end = hparams(row, {})
    plugin = HParamsPluginData.FromString(table.value[0].metadata.plugin_data.content)
    for info in plugin.experiment.hparam_infos:
        info.differs = info.name in FIRST  # TensorBoard begins with columns in which runs differ, then goes by name
    table.value[0].metadata.plugin_data.content = plugin.SerializeToString()
    for summary in (table, start, end):
        logger.experiment._get_file_writer().add_summary(summary)


def _known_columns() -> Flat:
    """Return a column for each setting of each option in the groups, with a value of its kind."""
    found: Flat = {}
    for group in GROUPS:
        for file in sorted((CONF_DIR / group).glob("*.yaml")):
            option = yaml.safe_load(file.read_text(encoding="utf-8"))
            found.update(flatten({group: option} if option and "_target_" in option else {}))
    return found
