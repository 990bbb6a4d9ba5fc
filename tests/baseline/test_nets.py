"""The lesson's networks against those of `digitlab.nets`, and weights that travel both ways."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from digitlab import nets
from digitlab.baseline.activations import ReLU, Tanh
from digitlab.baseline.containers import Sequential
from digitlab.baseline.dropout import Dropout
from digitlab.baseline.fit import fit
from digitlab.baseline.initialisers import he_normal
from digitlab.baseline.linear import Linear
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.module import Module
from digitlab.baseline.nets import digit_classifier, lesson_cnn, lesson_mlp, plain_mlp
from digitlab.baseline.optimizers import Adam
from support.battery import residual_net, torch_residual_net
from support.parity import FORWARD, GRADIENTS, as_tensors, gap, parity, randomise, state_gap, twin

LESSONS = {"CNN": (lesson_cnn, 102_026), "DigitClassifier": (digit_classifier, 620_234), "MLP": (lesson_mlp, 235_914)}


@pytest.fixture(params=LESSONS)
def pair(request: pytest.FixtureRequest) -> tuple[Module, nn.Module]:
    """Return a net of ours and the lesson's in torch, without dropout, each with weights of its own."""
    torch.manual_seed(0)
    ours = LESSONS[request.param][0](np.random.default_rng(0), dropout=0.0)
    return ours, getattr(nets, request.param)(dropout=0.0).double()


@pytest.mark.parametrize("name", LESSONS)
def test_names_numbers_and_dropout_are_the_lessons(name: str) -> None:
    make, count = LESSONS[name]
    ours, theirs = make(np.random.default_rng(0)), getattr(nets, name)()
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    assert sum(parameter.data.size for parameter in ours.parameters()) == count
    assert sum(parameter.numel() for parameter in theirs.parameters()) == count
    shares = [layer.p for _, layer in ours.modules() if isinstance(layer, Dropout)]
    assert shares == [layer.p for layer in theirs.modules() if isinstance(layer, nn.Dropout)]


@pytest.mark.parametrize("training", [True, False])
def test_outputs_and_gradients_are_torchs(pair: tuple[Module, nn.Module], training: bool) -> None:
    rng = np.random.default_rng(1)
    ours = pair[0].train(training)
    theirs = twin(ours, pair[1])
    forward, gradients = parity(ours, theirs, rng.normal(size=(3, 1, 28, 28)), rng)
    assert forward < FORWARD
    assert gradients < GRADIENTS
    assert state_gap(ours, theirs) < FORWARD


def test_weights_travel_both_ways(pair: tuple[Module, nn.Module]) -> None:
    ours, theirs = pair
    images = np.random.default_rng(1).normal(size=(2, 1, 28, 28))
    with torch.no_grad():
        theirs(torch.tensor(images) + 1)  # so that the statistics are not those of a new net
        expected = theirs.eval()(torch.tensor(images))
        ours.eval()
        assert gap(ours(images), expected) > 0.01
        ours.load_state_dict(theirs.state_dict())
        assert gap(ours(images), expected) < FORWARD
        randomise(ours, np.random.default_rng(2))
        theirs.load_state_dict(as_tensors(ours), strict=True)
        expected = theirs(torch.tensor(images))
        assert gap(ours(images), expected) < FORWARD * float(expected.abs().max())


@pytest.mark.parametrize("training", [True, False])
def test_a_residual_net_is_torchs(training: bool) -> None:
    rng = np.random.default_rng(0)
    ours = residual_net(rng).train(training)
    theirs = twin(ours, torch_residual_net())
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    forward, gradients = parity(ours, theirs, rng.normal(size=(4, 2, 5, 6)), rng)
    assert forward < FORWARD
    assert gradients < GRADIENTS
    assert state_gap(ours, theirs) < FORWARD


@pytest.mark.parametrize(
    ("activation", "kinds"),
    [(ReLU, [Linear, ReLU, Linear, ReLU, Linear]), (Tanh, [Linear, Tanh] * 2 + [Linear]), (None, [Linear] * 3)],
)
def test_plain_mlp_has_something_between_its_layers_but_not_after_them(activation, kinds: list[type]) -> None:
    net = plain_mlp([2, 8, 4, 1], np.random.default_rng(0), activation, he_normal)
    assert [type(layer) for _, layer in net.children()] == kinds
    assert [parameter.data.shape for parameter in net.parameters() if parameter.data.ndim == 2] == [
        (8, 2), (4, 8), (1, 4)
    ]  # fmt: skip
    assert all((layer.bias.data == 0).all() for _, layer in net.children() if isinstance(layer, Linear))


@pytest.mark.parametrize("name", LESSONS)
def test_first_loss_is_that_of_guessing(name: str) -> None:
    rng = np.random.default_rng(0)
    net = LESSONS[name][0](rng).eval()
    value, _ = cross_entropy(net(rng.normal(size=(20, 1, 28, 28))), np.arange(20) % 10)
    assert value == pytest.approx(math.log(10), abs=0.2)


def overfitted(net: Module, images: np.ndarray, epochs: int) -> float:
    labels = np.arange(len(images)) % 10
    return fit(net, cross_entropy, Adam(net.parameters(), lr=3e-3), images, labels, epochs=epochs)[-1]


def test_a_tiny_batch_is_overfitted() -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(size=(10, 1, 28, 28))
    assert overfitted(lesson_mlp(rng, dropout=0.0), images, 30) < 0.02
    assert overfitted(lesson_cnn(rng, dropout=0.0), images, 30) < 0.02


def weights(net: Sequential) -> np.ndarray:
    return np.concatenate([parameter.data.ravel() for parameter in net.parameters()])


@pytest.mark.parametrize("make", [lesson_mlp, lesson_cnn, lambda rng: plain_mlp([2, 8, 1], rng)])
def test_the_generator_alone_decides_the_weights(make) -> None:
    state = np.random.get_state()[1].copy()  # of the global generator, which must stay as it is
    first, same, other = (weights(make(np.random.default_rng(seed))) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, same)
    assert (first != other).mean() > 0.9
    np.testing.assert_array_equal(np.random.get_state()[1], state)
