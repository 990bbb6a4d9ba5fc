"""What a fault of the gallery is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

STAGES = {
    "1": "data",
    "2": "model",
    "3": "optimisation",
    "4": "dynamics",
    "5": "evaluation",
    "6": "generalisation",
    "7": "speed",
}
NETS = ("mlp", "cnn")
PLAIN = ("model=plain_{net}",)  # as in most tutorials: no batch norm, no dropout
OURS = ("model={net}",)
HARMS = {
    "accuracy": "fewer test images are classified rightly",
    "reported": "the accuracy that it logs is not the one that it has",
    "seconds": "it takes longer",
    "repeatable": "the same seed gives another run",
}


@dataclass(frozen=True)
class Fault:
    """A fault, and the training that has it.

    Made either by overrides of train.py, or by a function of the gallery that writes a LightningModule and a
    LightningDataModule of its own; `{net}` in an override stands for the network.

    Attributes:
        name: As it is typed behind `--faults`.
        codes: Of the rules that count as the right cause, the one meant first.
        origin: Where it was published.
        what: What is wrong, in a line.
        base: Overrides that the healthy twin has, too.
        overrides: What makes it sick.
        maker: Builds the case of a network and a seed, and with no other arguments the healthy twin.
        arguments: What makes that one sick.
        nets: The networks on which it was shown to hurt.
        harm: A key of `HARMS`.
    """

    name: str
    codes: tuple[str, ...]
    origin: str
    what: str
    base: tuple[str, ...] = PLAIN
    overrides: tuple[str, ...] = ()
    maker: Callable[..., Any] | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    nets: tuple[str, ...] = NETS
    harm: str = "accuracy"

    @property
    def stage(self) -> str:
        """Return the stage to which the rule meant belongs."""
        return STAGES[self.codes[0][2]]
