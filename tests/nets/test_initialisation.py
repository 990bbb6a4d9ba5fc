"""First weights: torch's stay as they are, the others have the size that their activation needs."""

import pytest
import torch
from torch import Tensor, nn

from digitlab import nets
from digitlab.nets.initialisation import initialise

WIDTH, DEPTH = 256, 20


def hidden_signals(init: str, activation: str) -> list[float]:
    """Return the root mean square behind each activation of a deep plain MLP, in float64."""
    torch.manual_seed(0)
    net = nets.MLP(
        WIDTH, [WIDTH] * DEPTH, dropout=0.0, activation=activation, norm=None, init=init
    ).double()  # fmt: skip
    signals, values = [], torch.randn(512, WIDTH, dtype=torch.float64)
    for layer in net.layers:
        values = layer(values)
        if type(layer) in (nn.ReLU, nn.Tanh, nn.LeakyReLU, nn.ELU):
            signals.append(float(values.detach().square().mean().sqrt()))
    return signals


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "tanh"])
def test_signals_keep_their_size_with_kaiming(activation: str) -> None:
    signals = hidden_signals("kaiming", activation)
    assert len(signals) == DEPTH
    assert 0.4 < signals[-1] / signals[0] < 2.5


def test_signals_fade_with_torchs_weights() -> None:
    signals = hidden_signals("torch", "relu")
    assert signals[-1] < 0.2 * signals[0]


@pytest.mark.parametrize("name", ["MLP", "CNN", "ResNet"])
def test_torchs_weights_stay_and_nothing_is_drawn(name: str) -> None:
    torch.manual_seed(1)
    net = getattr(nets, name)()
    state = torch.get_rng_state()
    before = [parameter.clone() for parameter in net.parameters()]
    initialise(net, "torch", "relu")
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one, other) for one, other in zip(before, net.parameters(), strict=True))


@pytest.mark.parametrize("name", ["MLP", "CNN", "ResNet"])
@pytest.mark.parametrize(("init", "variance"), [("kaiming", "2 / fan_in"), ("xavier", "4 / (fan_in + fan_out)")])
def test_weights_have_their_variance_and_the_head_is_torchs(name: str, init: str, variance: str) -> None:
    torch.manual_seed(1)
    net = getattr(nets, name)(init=init)
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    for layer in layers[:-1]:
        weight: Tensor = layer.weight
        area = weight[0, 0].numel()
        fans = {"fan_in": weight.shape[1] * area, "fan_out": weight.shape[0] * area}
        expected = eval(variance, {}, fans)
        assert float(weight.detach().var()) == pytest.approx(expected, rel=6 / weight.numel() ** 0.5)
        assert layer.bias is None or not layer.bias.any()
    head = layers[-1]
    assert float(head.weight.detach().abs().max()) <= head.weight.shape[1] ** -0.5
    assert head.bias.any()


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="init must be one of torch, kaiming, xavier, got he"):
        nets.MLP(init="he")
