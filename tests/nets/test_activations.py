"""Activations by name: the schema's list, torch's functions, and gains that keep the size of a signal."""

import pytest
import torch
from torch import nn

from digitlab.cli.schema.rules import ACTIVATIONS as TYPED
from digitlab.cli.schema.rules import RULES
from digitlab.nets.activations import ACTIVATIONS, GAINS, gain_of, new_activation
from digitlab.nets.initialisation import INITS
from digitlab.nets.normalisation import NORMS, norm_layers


def test_the_schema_knows_the_same_names() -> None:
    assert tuple(ACTIVATIONS) == TYPED
    assert RULES["model.init"].choices == tuple(INITS)
    assert RULES["model.norm"].choices == NORMS


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_torchs(name: str) -> None:
    values = torch.linspace(-3, 3, 50)
    function = getattr(torch.nn.functional, name)
    assert torch.equal(new_activation(name)(values), function(values))


@pytest.mark.parametrize("name", GAINS)
def test_a_gain_keeps_the_mean_square_of_a_signal(name: str) -> None:
    values = torch.linspace(-8, 8, 20_001, dtype=torch.float64)
    density = torch.exp(-(values**2) / 2) / (2 * torch.pi) ** 0.5
    mean_square = torch.trapezoid(new_activation(name)(values) ** 2 * density, values)
    assert gain_of(name) == pytest.approx(float(mean_square) ** -0.5, rel=1e-4)


def test_the_other_gains_are_torchs() -> None:
    assert gain_of("relu") == pytest.approx(2**0.5)
    assert gain_of("tanh") == pytest.approx(5 / 3)
    assert gain_of("sigmoid") == 1


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"activation must be one of relu, .*, got swish"):
        new_activation("swish")
    with pytest.raises(ValueError, match=r"norm must be one of batch or null, got layer"):
        norm_layers("layer", 8)


def test_a_norm_is_for_features_or_for_images() -> None:
    assert norm_layers(None, 8) == []
    assert [type(layer) for layer in norm_layers("batch", 8)] == [nn.BatchNorm1d]
    assert [type(layer) for layer in norm_layers("batch", 8, images=True)] == [nn.BatchNorm2d]
