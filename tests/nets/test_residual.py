"""Residual nets beside plain ones: the same weights, and a gradient that reaches the first layer."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from digitlab import nets
from digitlab.nets.residual import Residual
from digitlab.nets.resnet import Block


def first_to_last(net: nn.Module) -> float:
    """Return the root mean square of the gradient of the first layer's weights over that of the last."""
    torch.manual_seed(3)
    cross_entropy(net(torch.randn(64, 1, 28, 28)), torch.arange(64) % 10).backward()
    weights = [layer.weight for layer in net.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    sizes = [float(weight.grad.square().mean().sqrt()) for weight in weights if weight.grad is not None]
    return sizes[0] / sizes[-1]


@pytest.mark.parametrize("norm", [None, "batch"])
def test_plain_and_residual_have_the_same_weights(norm: str | None) -> None:
    states = []
    for residual in (False, True):
        torch.manual_seed(5)
        states.append(nets.ResNet(depth=14, residual=residual, norm=norm).state_dict())
    plain, residual_net = states
    assert plain.keys() == residual_net.keys()
    assert all(torch.equal(plain[name], residual_net[name]) for name in plain)


@pytest.mark.parametrize("depth", [8, 14, 20, 32])
def test_depth_counts_the_layers_with_weights(depth: int) -> None:
    net = nets.ResNet(depth=depth, channels=(2, 4, 8))
    assert sum(isinstance(layer, nn.Linear | nn.Conv2d) for layer in net.modules()) == depth
    assert net.features(torch.zeros(2, 1, 28, 28)).shape == (2, 8, 7, 7)


@pytest.mark.parametrize("depth", [-4, 2, 9, 21])
def test_another_depth_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match=rf"depth must be 6 n \+ 2, as 8, 14, 20 or 56, got {depth}"):
        nets.ResNet(depth=depth)


def test_a_shortcut_thins_and_widens() -> None:
    images = torch.randn(2, 3, 7, 7)
    block = Block(3, 5, stride=2, residual=True, activation="relu", norm="batch")
    shortcut = block.shortcut(images)
    assert shortcut.shape == block(images).shape == (2, 5, 4, 4)
    assert torch.equal(shortcut[:, :3], images[:, :, ::2, ::2])
    assert not shortcut[:, 3:].any()
    assert Block(5, 3, stride=1, residual=True, activation="relu", norm=None)(torch.randn(2, 5, 4, 4)).shape[1] == 3


def test_a_block_whose_weights_are_zero_is_its_shortcut() -> None:
    images = torch.rand(2, 4, 7, 7)
    for residual, expected in ((True, images), (False, torch.zeros_like(images))):
        block = Block(4, 4, stride=1, residual=residual, activation="relu", norm=None)
        for parameter in block.parameters():
            nn.init.zeros_(parameter)
        assert torch.equal(block(images), expected)


def test_a_residual_connection_brings_the_gradient_to_the_first_layer() -> None:
    torch.manual_seed(0)
    deep = {"hidden_sizes": [32] * 10, "dropout": 0.0, "activation": "sigmoid", "norm": None}
    assert first_to_last(nets.MLP(**deep)) < 1e-4
    assert first_to_last(nets.MLP(**deep, residual=True)) > 1e-3
    assert first_to_last(nets.ResNet(residual=False, norm=None)) < 1e-3
    assert first_to_last(nets.ResNet(residual=True, norm=None)) > 1e-2


def test_layers_of_another_width_have_no_shortcut() -> None:
    net = nets.MLP(hidden_sizes=[16, 16, 8], residual=True)
    assert sum(isinstance(layer, Residual) for layer in net.modules()) == 1
    assert net(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
    plain = nets.MLP(hidden_sizes=[16, 16, 8])
    assert sum(p.numel() for p in net.parameters()) == sum(p.numel() for p in plain.parameters())


def test_the_names_in_old_checkpoints_have_stayed() -> None:
    names = [*nets.MLP().state_dict()]
    assert names[:3] == ["layers.1.weight", "layers.1.bias", "layers.2.weight"]
    assert "features.0.weight" in nets.CNN().state_dict()
    assert "head.5.weight" in nets.CNN().state_dict()


@pytest.mark.parametrize("name", ["MLP", "CNN", "ResNet"])
@pytest.mark.parametrize("activation", ["sigmoid", "leaky_relu"])
@pytest.mark.parametrize("norm", [None, "batch"])
def test_options_go_together(name: str, activation: str, norm: str | None) -> None:
    net = getattr(nets, name)(activation=activation, norm=norm, init="xavier")
    kinds = {type(layer) for layer in net.modules()}
    assert nn.ReLU not in kinds
    assert any(issubclass(kind, nn.modules.batchnorm._BatchNorm) for kind in kinds) == (norm is not None)
    assert net(torch.randn(4, 1, 28, 28)).isfinite().all()
