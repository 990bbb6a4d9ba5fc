"""Run directories as trainings leave them, written without training: what the rules for runs that are over look at."""

from pathlib import Path
from typing import Any

from digitlab.runs.config_file import write_config
from digitlab.runs.directories import RESULT
from digitlab.system.atomic_files import write_csv, write_json
from digitlab.system.checksums import with_checksum

SETTINGS: dict[str, Any] = {
    "seed": 1,
    "data": {"_target_": "digitlab.datamodule.DigitDataModule", "dataset": "mnist", "num_classes": 10},
    "model": {"_target_": "digitlab.nets.MLP", "num_classes": 10},
    "optimizer": {"_target_": "torch.optim.Adam", "lr": 0.01},
    "scheduler": None,
    "trainer": {"max_epochs": 8, "gradient_clip_val": None},
    "paths": {"data_dir": "nowhere", "output_dir": "run"},
}
HEALTHY = {  # of eight epochs
    "train/loss": [1.2, 0.5, 0.3, 0.2, 0.15, 0.12, 0.1, 0.09],
    "val/loss": [0.6, 0.35, 0.25, 0.2, 0.18, 0.17, 0.165, 0.164],
    "train/acc": [0.6, 0.85, 0.91, 0.94, 0.955, 0.96, 0.97, 0.972],
    "val/acc": [0.8, 0.9, 0.93, 0.945, 0.95, 0.953, 0.955, 0.956],
}
OK = {"status": "ok", "ended": "trainer.max_epochs=8 reached", "epochs": 8, "model": "MLP", "dataset": "mnist",
      "val/acc": 0.956, "test/acc": 0.953, "val/loss": 0.164}  # fmt: skip


def leave(
    directory: Path,
    figures: dict[str, list[float]] | None = None,
    result: dict[str, Any] | None = None,
    **sections: Any,
) -> Path:
    """Leave config.yaml, and metrics.csv and result.json if they are given; return the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    write_config(directory, {**SETTINGS, **sections})
    if result is not None:
        write_json(directory / RESULT, with_checksum(result))
    if figures is not None:
        count = max(map(len, figures.values()))
        rows = [
            {"epoch": number + 1, "step": 100 * (number + 1)}
            | {name: values[number] for name, values in figures.items() if number < len(values)}
            for number in range(count)
        ]
        write_csv(directory / "metrics.csv", rows, ["epoch", "step", *figures])
    return directory
