"""Cases that are written by hand, healthy unless their arguments say otherwise."""

from typing import Any

from gallery.cases import FIT, Case
from gallery.data import DictDigits, TensorDigits
from gallery.modules import ByHand, Classifier, Described
from gallery.sick_modules import Normalised


def tuples(
    kind: str,
    seed: int,
    module: type[Classifier] = Classifier,
    data: dict[str, Any] | None = None,
    fit: dict[str, Any] | None = None,
    **arguments: Any,
) -> Case:
    """Return a tutorial's training; the other arguments are the module's."""
    return Case(module(kind, **arguments), TensorDigits(seed=seed, **(data or {})), {**FIT, **(fit or {})})


def hard_tuples(kind: str, seed: int, data: dict[str, Any] | None = None, **arguments: Any) -> Case:
    """Return the same on digits that are moved about."""
    return tuples(kind, seed, data={"shift": 2, **(data or {})}, **arguments)


def deep_tuples(kind: str, seed: int, gain: float = 1.414, **arguments: Any) -> Case:
    """Return the same with ten hidden layers, initialised as He and others have it for ReLU."""
    return tuples(kind, seed, net={"hidden_sizes": [64] * 10, "gain": gain}, optimizer="SGD", lr=0.03, **arguments)


def dictionaries(
    kind: str,
    seed: int,
    module: type[Described] = Described,
    data: dict[str, Any] | None = None,
    fit: dict[str, Any] | None = None,
    **arguments: Any,
) -> Case:
    """Return a training with dictionary batches and a schedule."""
    return Case(module(kind, **arguments), DictDigits(seed=seed, **(data or {})), {**FIT, **(fit or {})})


def hard_dictionaries(kind: str, seed: int, **arguments: Any) -> Case:
    """Return the same on digits that are moved about."""
    return dictionaries(kind, seed, data={"shift": 2}, **arguments)


def normalised(kind: str, seed: int, module: type[Described] = Normalised, **arguments: Any) -> Case:
    """Return that with batch norm."""
    return hard_dictionaries(kind, seed, module=module, **arguments)


def by_hand(
    kind: str, seed: int, module: type[ByHand] = ByHand, data: dict[str, Any] | None = None, **arguments: Any
) -> Case:
    """Return a training that steps its optimizer itself."""
    return Case(module(kind, **arguments), TensorDigits(seed=seed, **(data or {})))
