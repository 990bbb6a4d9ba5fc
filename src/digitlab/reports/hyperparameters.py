"""TensorBoard's table of runs: which settings gave which metrics."""

from collections.abc import Iterable, Mapping
from typing import Any

from lightning.pytorch.loggers import Logger, TensorBoardLogger
from torch.utils.tensorboard.summary import hparams

METRICS = ("val/loss", "val/acc", "test/loss", "test/acc")
SHOWN = (  # a key, or a section with all that is in it
    "seed",
    "model",
    "optimizer",
    "scheduler",
    "augment",
    "label_smoothing",
    "data.dataset",
    "data.batch_size",
    "data.val_share",
    "trainer.max_epochs",
    "trainer.precision",
    "trainer.gradient_clip_val",
    "trainer.accumulate_grad_batches",
)


def flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, bool | int | float | str]:
    """Return nested settings as `{"optimizer": "Adam", "optimizer.lr": 0.001}`; lists and None become text."""
    flat: dict[str, bool | int | float | str] = {}
    for key, value in config.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        elif key == "_target_":
            flat[prefix.removesuffix(".")] = str(value).rpartition(".")[2]
        else:
            flat[f"{prefix}{key}"] = value if isinstance(value, bool | int | float | str) else str(value)
    return flat


def columns(settings: Mapping[str, Any]) -> dict[str, bool | int | float | str]:
    """Return what the table shows of a configuration: a column for what is compared, none for what is always alike."""
    return {
        key: value
        for key, value in flatten(settings).items()
        if any(key == shown or key.startswith(f"{shown}.") for shown in SHOWN)
    }


def log_hyperparameters(loggers: Iterable[Logger], settings: Mapping[str, Any]) -> None:
    """Give the settings of the run to every logger that keeps some."""
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            _announce(logger, settings)
        else:
            logger.log_hyperparams(columns(settings))


def _announce(logger: TensorBoardLogger, settings: Mapping[str, Any]) -> None:
    """Write the row of this run into TensorBoard's table; its metrics follow as they are logged.

    The table reads the metrics from the scalars of the same names. Lightning's `log_hyperparams` with
    metrics would first log each of them as a false zero.

    Args:
        logger: Where to.
        settings: The composed configuration as plain data.
    """
    parts = hparams(columns(settings), dict.fromkeys(METRICS, 0.0))  # only the names are written
    for summary in parts:
        logger.experiment._get_file_writer().add_summary(summary)
