"""In channels_last every gradient of a picture lies as the picture does, and no number changes for it."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from digitlab import nets
from digitlab.nets.layout import is_channels_last, keep_layout

PICTURED = [name for name in nets.__all__ if name != "MLP"]


@pytest.mark.parametrize("name", PICTURED)
def test_gradients_lie_as_the_activations(name: str) -> None:
    net = getattr(nets, name)().to(memory_format=torch.channels_last)
    right: dict[nn.Module, bool] = {}

    def watch(layer: nn.Module, _inputs: tuple[Tensor], activation: Tensor) -> None:
        assert is_channels_last(activation)
        assert activation.grad_fn is not None  # what its kernel reads, when all hooks of the tensor have run
        activation.grad_fn.register_prehook(lambda gradients: right.update({layer: is_channels_last(gradients[0])}))

    for layer in net.features:
        layer.register_forward_hook(watch)
    images = torch.randn(8, 1, 28, 28).to(memory_format=torch.channels_last)
    cross_entropy(net(images), torch.arange(8)).backward()
    assert right == dict.fromkeys(net.features, True)


def test_a_gradient_is_mended_only_where_it_has_to_be() -> None:
    flat = torch.randn(2, 3, 4, 5)
    for features, mended in ((flat, False), (flat.to(memory_format=torch.channels_last), True)):
        features = features.requires_grad_()
        kept = keep_layout(features.relu())
        gradients: list[Tensor] = []
        kept.register_hook(gradients.append)
        kept.flatten(1).sum().backward()
        assert is_channels_last(gradients[0]) is mended
    assert keep_layout(flat.detach()).requires_grad is False
