"""The library face: what the commands do, as functions for notebooks and for other programs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lightning import LightningDataModule, LightningModule, Trainer

from digitlab import build
from digitlab.cli import app
from digitlab.cli.checks.paths import check_unused
from digitlab.cli.compose import compose_command
from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.prepare import prepare
from digitlab.cli.settings import settle
from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.diagnostics.examine import diagnose as examined
from digitlab.errors import UserError
from digitlab.runs.directories import stamp
from digitlab.system.ranks import is_first
from digitlab.system.trust import trust as trust_packages
from digitlab.tasks import diagnose as diagnosing
from digitlab.tasks import evaluate as evaluating
from digitlab.tasks import train as training
from digitlab.tasks.train import Prepared

assert app  # registers the resolvers that the configuration uses


def compose(*overrides: str, config_dir: str | None = None, trust: str | Sequence[str] | None = None) -> Prepared:
    """Return a training as the command line would compose it: checked and built, and not yet begun.

    Args:
        *overrides: As typed: `"model=mlp"`, `"optimizer.lr=0.01"`.
        config_dir: A folder of your own YAML files.
        trust: Packages of your own whose classes these may name.

    Returns:
        With `module`, `datamodule` and `trainer`, and the `settings` they were built from. `paths.output_dir` is a run
        directory of its own, made when the training begins.

    Raises:
        UserError: With what cannot work, in the words of the command line.
    """
    stamp.cache_clear()  # several may be composed in one process, each with a directory of its own
    cfg = compose_command(ConfigFiles("train", [] if config_dir is None else ["--config-dir", config_dir]), overrides)
    directory = Path(cfg.hydra.run.dir).absolute()
    if is_first():
        check_unused("hydra.run.dir", directory)
    settings = settle(cfg, directory)
    if trust is not None:
        settings["trust"] = trust
    return prepare("train", settings)


def train(
    module: LightningModule | Prepared,
    datamodule: LightningDataModule | None = None,
    trainer: Trainer | None = None,
    *,
    test: bool = True,
) -> dict[str, Any]:
    """Train, load the best weights, measure them on the test images once.

    Args:
        module: What to train; or a whole training, from `compose`, which leaves a complete run directory.
        datamodule: What to train it on; needed with a module.
        trainer: How; needed with a module.
        test: Whether to measure the kept weights; a training has a setting for it.

    Returns:
        The figures by name (`val/acc`, `test/acc`), `epochs`, `fit_seconds`, `directory` (of the run, for `evaluate`
        and `load_model`), and what else result.json holds.

    Raises:
        UserError: If something is missing.
        Diverged: If the loss is no longer a finite number.
    """
    if isinstance(module, Prepared):
        result = training.run_in_directory(module)
        return {**result, "directory": module.settings["paths"]["output_dir"]}
    if datamodule is None or trainer is None:
        raise UserError("train needs a module, a datamodule and a trainer, or what compose(...) returns")
    result = training.train(module, datamodule, trainer, test=test)
    return {**result, "directory": str(trainer.default_root_dir)}


def evaluate(checkpoint: str | Path, *overrides: str, trust: str | Sequence[str] | None = None) -> dict[str, Any]:
    """Measure a trained model on test images.

    Args:
        checkpoint: A checkpoint file, a run directory, or "latest".
        *overrides: As typed behind `eval.py`: `"data=usps"` for other images than those it was made for.
        trust: Packages of your own whose classes the checkpoint may name.

    Returns:
        Every figure by name (`test/acc`).

    Raises:
        UserError: With what cannot work.
    """
    cfg = compose_command(ConfigFiles("eval"), [*overrides, "checkpoint=latest"])
    settings = {**settle(cfg, Path.cwd()), "checkpoint": str(checkpoint), "logger": {}, "callbacks": {}}
    if trust is not None:
        settings["trust"] = trust
    evaluation = prepare("eval", settings)
    return evaluating.evaluate(evaluation.module, evaluation.datamodule, evaluation.trainer)


def diagnose(
    module: LightningModule | Prepared,
    datamodule: LightningDataModule | None = None,
    *,
    checks: str | Sequence[str] | None = None,
    mute: str | Sequence[str] = (),
    budget: float = 60.0,
    say: Callable[[str], None] | None = None,
    **trainer_arguments: Any,
) -> Diagnosis:
    """Work off the debugging checklist on a training that has not begun; all of it is afterwards as it was.

    Args:
        module: Any LightningModule that classifies images; or a whole training, from `compose`.
        datamodule: Any LightningDataModule; needed with a module.
        checks: Codes ("DL101"), beginnings of codes ("DL1") or names ("lr", "data") of checks; `None` for all.
        mute: Likewise, those to leave out.
        budget: Seconds that it may take, about.
        say: Is called with a line of progress, as `print` is.
        **trainer_arguments: What `lightning.Trainer` would be made with; a training has its own.

    Returns:
        With `results`, `cause` (the most likely one, or `None`), `to_json()` and `to_html()`.

    Raises:
        UserError: If the module classifies nothing, a check does not exist, or something is missing.
    """
    if isinstance(module, Prepared):
        if trainer_arguments:
            raise UserError(f"{next(iter(trainer_arguments))}: a training has its trainer; say it in compose(...)")
        return diagnosing.examine(module, checks=checks, mute=mute, budget=budget, say=say)
    if datamodule is None:
        raise UserError("diagnose needs a module and a datamodule, or what compose(...) returns")
    return examined(module, datamodule, checks=checks, mute=mute, budget=budget, say=say, **trainer_arguments)


def load_model(checkpoint: str | Path, trust: str | Sequence[str] | None = None) -> LightningModule:
    """Return a trained model, in eval mode on the CPU; it maps uint8 images `(B, 1, 28, 28)` to logits.

    Args:
        checkpoint: A checkpoint file, a run directory, or "latest".
        trust: Packages of your own whose classes it may name.

    Raises:
        UserError: If it is missing, damaged or foreign.
    """
    trust_packages(trust)
    return build.load_model(checkpoint)
