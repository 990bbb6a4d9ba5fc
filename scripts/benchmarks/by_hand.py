"""One epoch of a training as configured: by Trainer.fit, and by a loop written by hand around the same parts."""

import argparse
import contextlib
import itertools
import os
import shutil
import time
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

import digitlab.cli.app  # noqa: F401 - registers the resolvers that the configuration uses
from benchmarks.clock import Clock
from benchmarks.processes import runs_folder
from digitlab.data.loader import TrainLoader
from digitlab.paths import CONF_DIR
from digitlab.performance.autotune import HALF
from digitlab.reports.console import console
from digitlab.reports.quiet import quiet
from digitlab.safe_instantiate import OPTIMIZERS, SCHEDULES, safe_instantiate
from digitlab.tasks.train import Prepared, prepare


class Epochs:
    """Trains a network for an epoch, either way.

    Args:
        options: With data, data_dir and precision.
        model: Name in conf/model.
    """

    def __init__(self, options: argparse.Namespace, model: str) -> None:
        self.overrides = [
            f"model={model}", f"data={options.data}", f"trainer.precision={options.precision}",
            f"paths.data_dir={options.data_dir.absolute()}", "data.download=false", "data.val_share=null",
            "callbacks=no_validation", "monitor=train/loss", "trainer.max_epochs=1",
        ]  # fmt: skip

    @quiet
    def by_trainer(self, seed: int, batches: int | None = None) -> dict[str, float]:
        """Return the seconds of an epoch, or of its first batches, by Trainer.fit."""
        training, clock = self._prepare(seed, batches), Clock()
        trainer = training.trainer
        trainer.callbacks.append(clock)
        assert console.is_terminal, "the bar is part of what is measured"
        with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
            trainer.fit(training.module, datamodule=training.datamodule)
        shutil.rmtree(trainer.default_root_dir)
        return figures(clock.epochs[0], clock.processor[0], clock.whole)

    def by_loop(self, seed: int, batches: int | None = None) -> dict[str, float]:
        """Return the seconds of an epoch, or of its first batches, by hand."""
        training = self._prepare(seed, batches)
        module, datamodule = training.module, training.datamodule
        loader = TrainLoader(datamodule.train_data, datamodule.batch_size, seed=seed, epoch=lambda: 0)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")  # as trainer.accelerator=auto chooses
        seconds, processor = run_by_hand(module.to(device).train(), loader, training.settings, batches)
        return figures(seconds, processor, seconds)

    def _prepare(self, seed: int, batches: int | None) -> Prepared:
        directory = runs_folder() / "tax"
        directory.mkdir(exist_ok=True)
        limit = [] if batches is None else [f"trainer.limit_train_batches={batches}"]
        paths = [f"paths.output_dir={directory}", f"paths.output_root={runs_folder()}"]
        GlobalHydra.instance().clear()
        with initialize_config_dir(str(CONF_DIR), version_base="1.3"):
            cfg = compose("train", overrides=[*self.overrides, *limit, *paths, f"seed={seed}"])
        settings: Any = OmegaConf.to_container(cfg, resolve=True)
        return prepare(settings)


def figures(epoch: float, processor: float, whole: float) -> dict[str, float]:
    """Return the measures of both sides."""
    return {"epoch [s]": epoch, "epoch, processor time [s]": processor, "epoch and its end [s]": whole}


def run_by_hand(module: Any, loader: TrainLoader, settings: dict[str, Any], batches: int | None) -> tuple[float, float]:
    """Train and return the seconds from drawing the first batch to the end of the last step, by clock and processor."""
    optimizer = safe_instantiate(module.hparams["optimizer"], module.net.parameters(), allowed=OPTIMIZERS)
    steps = len(loader) if batches is None else batches
    schedule = safe_instantiate(module.hparams["scheduler"], optimizer, steps, allowed=SCHEDULES)["scheduler"]
    device, half = module.device, settings["trainer"]["precision"] == HALF
    started, processor = time.perf_counter(), time.process_time()
    for images, labels in itertools.islice(loader, steps):
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            loss = cross_entropy(module(images), labels)
        loss.backward()
        clip_grad_norm_(module.net.parameters(), settings["trainer"]["gradient_clip_val"])
        optimizer.step()
        schedule.step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started, time.process_time() - processor
