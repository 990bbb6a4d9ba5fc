"""In channels_last every gradient of a picture lies as the picture does, and no number changes for it."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from digitlab import nets
from digitlab.nets.layout import GlobalAverage, is_channels_last, keep_layout

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


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(4, 128, 7, 7), (3, 5, 4, 6), (2, 3, 1, 1), (1, 16, 7, 7)])
def test_global_average_is_torchs_to_the_bit(
    shape: tuple[int, ...], layout: torch.memory_format, precision: torch.dtype
) -> None:
    values = torch.randn(shape, dtype=precision).to(memory_format=layout)
    weights = torch.randn(shape[0], shape[1], 1, 1, dtype=precision)
    results = []
    for layer in (GlobalAverage(), nn.AdaptiveAvgPool2d(1)):
        images = values.clone().requires_grad_()
        means = layer(images)
        (means * weights).sum().backward()
        assert images.grad is not None
        results.append((means, images.grad))
    (ours, our_gradient), (theirs, their_gradient) = results
    assert ours.shape == theirs.shape
    assert torch.equal(ours, theirs)
    assert torch.equal(our_gradient, their_gradient)


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
