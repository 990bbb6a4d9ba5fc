"""What is examined: copies of a module and its data, and trainers for them."""

import contextlib
import copy
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lightning import Callback, LightningDataModule, LightningModule, Trainer, seed_everything
from lightning.fabric.plugins.environments import LightningEnvironment  # type: ignore[attr-defined]
from lightning.pytorch.loggers.logger import DummyLogger
from lightning.pytorch.utilities.seed import isolate_rng

from digitlab.diagnostics.evidence.layers import BATCH_NORMS, DROPOUTS, weighted
from digitlab.errors import UserError

MATTERS = (  # of the trainer's arguments, those that change what is computed; files, bars and logs are not wanted here
    "accelerator", "precision", "max_epochs", "max_steps", "overfit_batches", "gradient_clip_val",
    "gradient_clip_algorithm", "accumulate_grad_batches", "limit_train_batches", "limit_val_batches", "deterministic",
)  # fmt: skip
SEED = 20261126  # of every examination: two of them measure the same


@dataclass
class Subject:
    """A module and its data, of which only copies are ever touched.

    Attributes:
        module: Any LightningModule that classifies images.
        datamodule: Any LightningDataModule of images and labels.
        trainer_arguments: As Lightning's Trainer takes them.
        settings: Of the command line, for remedies that can be pasted; `None` from Python.
    """

    module: LightningModule
    datamodule: LightningDataModule
    trainer_arguments: dict[str, Any]
    settings: dict[str, Any] | None = None
    _copy: LightningModule | None = field(default=None, repr=False)
    _prepared: LightningDataModule | None = field(default=None, repr=False)

    def fresh_module(self) -> LightningModule:
        """Return a copy of the module as it was given, without its own callbacks: they end trainings and write files.

        Raises:
            UserError: If it cannot be copied.
        """
        module = _copied(self.module)
        module.configure_callbacks = lambda: []
        return module

    def callbacks(self) -> list[Callback]:
        """Return the callbacks of the training, which do not take part in the examination."""
        given = self.trainer_arguments.get("callbacks") or []
        try:
            own = _copied(self.module).configure_callbacks()
        except Exception:  # they may need a trainer
            own = []
        return [one for some in (given, own) for one in (some if isinstance(some, list | tuple) else [some])]

    def fresh_data(self) -> LightningDataModule:
        """Return a copy of the data, set up for training."""
        if self._prepared is None:
            data = _copied(self.datamodule)
            data.trainer = None
            data.prepare_data()
            data.setup("fit")
            self._prepared = data
        return copy.deepcopy(self._prepared)

    def weighted(self) -> dict[str, Any]:
        """Return the layers that multiply with weights, by name; of a copy, for reading a weight may change it."""
        if self._copy is None:
            self._copy = self.fresh_module()
        return weighted(self._copy)

    def batch_norms(self) -> list[Any]:
        """Return the module's BatchNorm layers."""
        return [layer for layer in self.module.modules() if isinstance(layer, BATCH_NORMS)]

    def dropouts(self) -> dict[str, Any]:
        """Return the module's dropout layers by name."""
        return {name: layer for name, layer in self.module.named_modules() if isinstance(layer, DROPOUTS)}

    def trainer(self, *callbacks: Callback, **changes: Any) -> Trainer:
        """Return a silent trainer that computes as the one that was asked for, on one device, and writes nothing."""
        given = {name: value for name, value in self.trainer_arguments.items() if name in MATTERS}
        silent = {
            "logger": DummyLogger(),  # modules may write to theirs
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "num_sanity_val_steps": 0,
            "devices": 1,
            "plugins": [LightningEnvironment()],  # of this process alone, whatever has started it
        }
        usual = {"max_epochs": -1 if given.get("max_steps", -1) not in (-1, None) else 10}
        return Trainer(**{**usual, **given, **silent, **changes}, callbacks=list(callbacks))

    def on_batches(self, make: Callable[[], Any], **hooks: Any) -> LightningDataModule:
        """Return the data with another training loader, which `make` makes; batches are transferred as before."""
        data = self.fresh_data()
        data.train_dataloader = make  # type: ignore[method-assign]
        for name, hook in hooks.items():
            setattr(data, name, hook)
        return data


def _copied(given: Any) -> Any:
    try:
        return copy.deepcopy(given)
    except Exception as error:
        raise UserError(f"{type(given).__name__} cannot be copied, and only copies are examined: {error}") from None


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Seed every generator for the time of a measurement, give it back afterwards, and keep warnings to itself.

    Lightning's `isolate_rng` gives nothing back if the block raises, and its `seed_everything` leaves variables behind.
    """
    variables = {name: os.environ.get(name) for name in ("PL_GLOBAL_SEED", "PL_SEED_WORKERS")}
    raised: BaseException | None = None
    with isolate_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seed_everything(SEED, verbose=False)
        try:
            yield
        except BaseException as error:
            raised = error
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    if raised is not None:
        raise raised
