"""Transfer learning: trained features are kept as they are, or change slowly, under a head that is new."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import BaseFinetuning
from torch import nn
from torch.optim import Optimizer

from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.nets.head import find_head, linear_layers, split_parameters

SETTING = "finetuning"  # of the module, which builds its optimizer by it, and in its checkpoints
BLANK = (1, 1, 28, 28)  # an image


class Finetuning(BaseFinetuning):
    """Freezes everything below the head, the linear layer that gives the logits, for so many epochs or for good.

    Frozen parameters have no gradients, and all but the head is in eval mode: batch normalisation normalises by the
    statistics that it came with and does not change them, and dropout is off, also directly below the head. An image
    has the same features in every epoch, and not a bit of what is frozen changes. From the epoch in which the features
    are unfrozen on the network trains as ever, its batch normalisation and dropout too.

    Unlike Lightning's BackboneFinetuning it adds no group of parameters in the middle of a run, which no schedule
    expects (`digitlab.optimizers`), and what is frozen depends on nothing but the epoch. So a run resumes to the same
    bits, before the unfreezing and after it.

    Args:
        unfreeze_at_epoch: Epochs in which the head learns alone, 0 or more: 0 trains everything from the start, `None`
            never unfreezes.
        lr_factor: What the rate of the features is multiplied with, in (0, 1]. They are good already, and the head's
            rate would carry them away; a tenth is what Lightning begins with, too.
        head: Name of another layer to take its place, or of a block of layers, as in `net.named_modules()`; `None`
            finds the linear layer by a prediction.
    """

    def __init__(self, unfreeze_at_epoch: int | None = None, lr_factor: float = 0.1, head: str | None = None) -> None:
        super().__init__()
        self.unfreeze_at_epoch, self.lr_factor, self.head = unfreeze_at_epoch, lr_factor, head
        self._unfrozen = False
        self._chosen_for: LightningModule | None = None
        self._as_built: list[tuple[nn.Parameter, bool]] = []  # and whether it is to be trained at all

    def choose_head(self, module: LightningModule, world_size: int = 1) -> str:
        """Return the name of the head, and have the module build its optimizer for it.

        Args:
            module: With its network.
            world_size: Processes that train together.

        Raises:
            UserError: If there is no such layer, or several processes would not share the gradients of the features.
        """
        if not isinstance(module, DigitModule):
            raise UserError(
                f"callbacks.finetuning: {type(module).__name__} is a LightningModule and decides itself what it "
                "trains; type finetuning=none"
            )
        if self.unfreeze_at_epoch and world_size > 1:  # DDP looks once, at the start, which parameters have gradients
            raise UserError(
                f"callbacks.finetuning.unfreeze_at_epoch={self.unfreeze_at_epoch}: {world_size} processes would not "
                "share the gradients of what is unfrozen later; type trainer.devices=1, or unfreeze_at_epoch=0 or null"
            )
        if self._chosen_for is not module:  # once, since a network that is compiled meanwhile tells no more
            name = _named(module.net, self.head) if self.head is not None else _found(module)
            factor = None if self.unfreeze_at_epoch is None else self.lr_factor
            module.hparams[SETTING] = {"head": name, "lr_factor": factor}
            self._as_built = [(parameter, parameter.requires_grad) for parameter in module.net.parameters()]
            self._chosen_for = module
        return str(module.hparams[SETTING]["head"])

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Freeze before the optimizer is built; a test freezes nothing."""
        if stage == "fit":
            self.choose_head(pl_module, trainer.world_size)
            super().setup(trainer, pl_module, stage)

    def freeze_before_training(self, pl_module: LightningModule) -> None:
        """Take the features out of the computation of gradients, unless they learn from the start."""
        self._unfrozen = False
        if self._is_frozen(0):
            for layer in _features(pl_module):
                self.freeze_module(layer)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take up the state of the epoch, in which a resumed run may be in the middle."""
        self._put(pl_module, trainer.current_epoch)
        if trainer.is_global_zero:
            print(self._in_words(pl_module, trainer.current_epoch), flush=True)

    def finetune_function(self, pl_module: LightningModule, epoch: int, optimizer: Optimizer) -> None:
        """Unfreeze when it is time; Lightning calls this at the start of an epoch."""
        self._put(pl_module, epoch)

    def state_dict(self) -> dict[str, Any]:
        """Return nothing: what is frozen depends on the epoch, and no groups of parameters come or go."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up nothing."""

    def _put(self, module: LightningModule, epoch: int) -> None:
        """Bring the network into the state that it has in an epoch."""
        if self._is_frozen(epoch):
            _net(module).eval()
            _head(module).train()
        elif self._is_frozen(0) and not self._unfrozen:
            self._unfrozen = True
            _net(module).train()
            self.make_trainable(list(_features(module)))
            for parameter, trained in self._as_built:  # what the network's author has frozen stays so
                parameter.requires_grad_(trained)

    def _is_frozen(self, epoch: int) -> bool:
        return self.unfreeze_at_epoch is None or epoch < self.unfreeze_at_epoch

    def _in_words(self, module: LightningModule, epoch: int) -> str:
        head = module.hparams[SETTING]["head"]
        below, own = split_parameters(_net(module), head)
        new, rest = (sum(parameter.numel() for parameter in part) for part in (own, below))
        if self.unfreeze_at_epoch is None:
            state = "are frozen"
        elif self._is_frozen(epoch):
            last = "1 epoch" if self.unfreeze_at_epoch == 1 else f"{self.unfreeze_at_epoch} epochs"
            state = f"are frozen for {last}, and then learn at {self.lr_factor:g} of its rate"
        else:
            state = f"learn at {self.lr_factor:g} of its rate"
        return f"The head is {head} ({new:,} parameters); the {rest:,} parameters below it {state}"


def choose_head(trainer: Trainer, module: LightningModule) -> str | None:
    """Return the name of the head that is to be new, or `None` if no features are transferred.

    Raises:
        UserError: If they cannot be.
    """
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, Finetuning):
            return callback.choose_head(module, trainer.world_size)
    return None


def check_same_head(content: Mapping[str, Any], module: LightningModule, run: str) -> None:
    """Refuse to resume with another head than that of the run, or other rates.

    Args:
        content: Of the checkpoint.
        module: Whose head is chosen.
        run: How the run was named, for the refusal.

    Raises:
        UserError: With what they were.
    """
    then, now = content["hyper_parameters"].get(SETTING), module.hparams.get(SETTING)
    if isinstance(module, DigitModule) and then != now:
        raise UserError(f"{run}: its checkpoint is of another run: callbacks.finetuning was {then} there, and is {now}")


def _named(net: nn.Module, head: str) -> str:
    if not any(name == head and any(True for _ in layer.parameters()) for name, layer in net.named_modules()):
        raise UserError(
            f"callbacks.finetuning.head={head} must be a layer of {type(net).__name__} with weights, or a block of "
            f"them; its linear layers are {', '.join(linear_layers(net)) or 'none'}"
        )
    return head


def _found(module: DigitModule) -> str:
    """Return the name of the head of a network, which one prediction tells."""
    given = module.example_input_array
    images = torch.zeros(BLANK, dtype=torch.uint8) if given is None else given
    training = module.training
    try:
        with torch.no_grad():
            name = find_head(module.eval().net, partial(module, images))
    finally:
        module.train(training)
    if name is None:
        layers = ", ".join(linear_layers(module.net)) or "none"
        raise UserError(
            f"callbacks.finetuning: the logits of {type(module.net).__name__} are not those of its last linear layer; "
            f"name the layer to replace as callbacks.finetuning.head=..., of {layers}"
        )
    return name


def _features(module: LightningModule) -> Iterator[nn.Module]:
    """Yield every layer but those of the head, and containers of layers."""
    own = set(_head(module).modules())
    return (layer for layer in _net(module).modules() if layer not in own)


def _head(module: LightningModule) -> nn.Module:
    return _net(module).get_submodule(module.hparams[SETTING]["head"])


def _net(module: LightningModule) -> nn.Module:
    assert isinstance(module, DigitModule)  # else `choose_head` has refused it
    return module.net
