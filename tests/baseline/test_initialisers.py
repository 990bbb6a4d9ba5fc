"""First weights: their variances, their bounds, and where their randomness comes from."""

import numpy as np
import pytest
import torch
from torch import nn

from digitlab.baseline import initialisers
from digitlab.baseline.convolution import Conv2d
from digitlab.baseline.linear import Linear

VARIANCES = {
    "torch_uniform": lambda fan_in, fan_out: 1 / (3 * fan_in),
    "lecun_normal": lambda fan_in, fan_out: 1 / fan_in,
    "glorot_uniform": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "glorot_normal": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he_uniform": lambda fan_in, fan_out: 2 / fan_in,
    "he_normal": lambda fan_in, fan_out: 2 / fan_in,
}
FANS = {(600, 200): (200, 600), (100, 60, 3, 5): (900, 1500)}


@pytest.mark.parametrize(("shape", "fans"), FANS.items())
def test_fans_count_inputs_and_outputs(shape: tuple[int, ...], fans: tuple[int, int]) -> None:
    assert initialisers.fans(shape) == fans


@pytest.mark.parametrize("shape", FANS)
@pytest.mark.parametrize("name", VARIANCES)
def test_variance_is_that_of_the_paper(name: str, shape: tuple[int, ...]) -> None:
    weight = getattr(initialisers, name)(shape, np.random.default_rng(0))
    variance = VARIANCES[name](*FANS[shape])
    assert weight.shape == shape
    assert weight.dtype == np.float64
    assert weight.var() == pytest.approx(variance, rel=0.025)  # five times what 90,000 normal values leave to chance
    assert abs(weight.mean()) < 5 * (variance / weight.size) ** 0.5
    edge = np.abs(weight).max() / variance**0.5
    assert edge < 3**0.5 if "uniform" in name else edge > 3.5


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda rng: Linear(400, 300, rng=rng), lambda: nn.Linear(400, 300)),
        (lambda rng: Conv2d(40, 300, 3, rng=rng), lambda: nn.Conv2d(40, 300, 3)),
    ],
    ids=["Linear", "Conv2d"],
)
def test_layers_start_as_torchs_do(ours, theirs) -> None:
    torch.manual_seed(0)
    expected = theirs().state_dict()
    for name, array in ours(np.random.default_rng(0)).state_dict().items():
        assert np.abs(array).max() == pytest.approx(expected[name].abs().max().item(), rel=0.02)
        assert array.var() == pytest.approx(expected[name].var().item(), rel=0.2 if name == "bias" else 0.02)


@pytest.mark.parametrize(
    "make", [lambda **options: Linear(5, 3, **options), lambda **options: Conv2d(2, 3, 3, **options)]
)
def test_other_initialisers_leave_the_bias_at_zero(make) -> None:
    layer = make(rng=np.random.default_rng(0), init=initialisers.he_normal)
    np.testing.assert_array_equal(layer.bias.data, np.zeros(3))
    assert (layer.weight.data != 0).all()
