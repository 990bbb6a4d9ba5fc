"""The training loop: what counts as a step, an epoch and a loss, and what evaluation leaves alone."""

import math
import re

import numpy as np
import pytest

from digitlab.baseline.activations import ReLU
from digitlab.baseline.batch_norm import BatchNorm1d
from digitlab.baseline.containers import Sequential
from digitlab.baseline.dropout import Dropout
from digitlab.baseline.fit import accuracy, batches, fit, predict, train_step
from digitlab.baseline.linear import Linear
from digitlab.baseline.losses import cross_entropy, mse
from digitlab.baseline.module import Array
from digitlab.baseline.nets import plain_mlp
from digitlab.baseline.optimizers import SGD, Adam

CENTRES = np.array([[2.0, 0, 0], [0, 2, 0], [0, 0, 2]])


def clouds(count: int, seed: int = 0) -> tuple[Array, Array]:
    """Return points of three classes, well apart."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    return CENTRES[labels] + rng.normal(0, 0.5, (count, 3)), labels


def small_net(rng: np.random.Generator) -> Sequential:
    return Sequential(
        Linear(3, 8, rng=rng), BatchNorm1d(8), ReLU(), Dropout(0.2, rng=rng), Linear(8, 3, rng=rng)
    )  # fmt: skip


def trained(seed: int, **options: object) -> tuple[Sequential, list[float]]:
    rng = np.random.default_rng(seed)
    net = small_net(rng)
    history = fit(net, cross_entropy, Adam(net.parameters(), lr=0.02), *clouds(50), rng=rng, **options)
    return net, history


def test_fit_learns() -> None:
    net, history = trained(0, epochs=20, batch_size=8)
    assert len(history) == 20
    assert history[-1] < 0.3 * history[0]
    assert accuracy(net, *clouds(200, seed=1)) > 0.95


def test_one_seed_is_one_result() -> None:
    (first, history), (second, same), (_, other) = (trained(seed, epochs=3, batch_size=8) for seed in (5, 5, 6))
    assert history == same
    assert history != other
    for name, array in first.state_dict().items():
        np.testing.assert_array_equal(array, second.state_dict()[name])


def test_batches_hold_every_example_once_in_an_order_of_their_own() -> None:
    rng = np.random.default_rng(0)
    epochs = [list(batches(10, 4, rng)) for _ in range(2)]
    for epoch in epochs:
        assert [len(batch) for batch in epoch] == [4, 4, 2]
        assert sorted(np.concatenate(epoch)) == list(range(10))
    assert not np.array_equal(np.concatenate(epochs[0]), np.concatenate(epochs[1]))
    np.testing.assert_array_equal(np.concatenate(list(batches(10, 4, None))), np.arange(10))
    assert list(batches(10, None, rng)) == [slice(None)]


def test_a_smaller_last_batch_counts_by_its_size() -> None:
    rng = np.random.default_rng(0)
    net = plain_mlp([2, 3, 1], rng)
    x, target = rng.normal(size=(10, 2)), rng.normal(size=(10, 1)) * np.arange(10)[:, None]
    expected, _ = mse(net(x), target)
    history = fit(net, mse, SGD(net.parameters(), lr=0.0), x, target, epochs=2, batch_size=4)
    assert history == pytest.approx([expected, expected], rel=1e-14)


@pytest.mark.parametrize(("batch_size", "steps"), [(None, 1), (10, 1), (4, 3), (1, 10)])
def test_steps_of_an_epoch(batch_size: int | None, steps: int) -> None:
    net = plain_mlp([3, 4, 3], np.random.default_rng(0))
    optimizer = SGD(net.parameters(), lr=0.01)
    fit(net, cross_entropy, optimizer, *clouds(10), epochs=7, batch_size=batch_size)
    assert optimizer.steps == 7 * steps


def test_a_diverging_rate_is_named_with_step_and_epoch() -> None:
    net = plain_mlp([3, 4, 1], np.random.default_rng(0))
    x, labels = clouds(20)
    optimizer = SGD(net.parameters(), lr=1e3)
    with pytest.raises(FloatingPointError, match=r"the loss is (inf|nan) in step \d+, epoch \d+") as caught:
        fit(net, mse, optimizer, x, labels[:, None] * 1.0, epochs=100, batch_size=4)
    step, epoch = map(int, re.findall(r"\d+", str(caught.value)))
    assert step == optimizer.steps > 1
    assert epoch == math.ceil(step / 5)


def test_after_every_epoch_the_net_may_be_evaluated() -> None:
    rng = np.random.default_rng(0)
    net = small_net(rng)
    x, labels = clouds(20)
    modes: list[bool] = []
    seen: list[tuple[int, float]] = []

    def loss(logits: Array, target: Array) -> tuple[float, Array]:
        modes.append(net.training)
        return cross_entropy(logits, target)

    def after_epoch(epoch: int, value: float) -> None:
        seen.append((epoch, value))
        net.eval()

    history = fit(net, loss, SGD(net.parameters(), lr=0.1), x, labels, epochs=3, after_epoch=after_epoch)
    assert seen == list(enumerate(history, start=1))
    assert modes == [True] * 3


@pytest.mark.parametrize("mode", [True, False])
def test_predicting_leaves_mode_and_statistics(mode: bool) -> None:
    net, _ = trained(0, epochs=1)
    x, labels = clouds(25)
    net.train(mode)
    before = net.state_dict()
    outputs = predict(net, x, batch_size=10)
    share = accuracy(net, x, labels)
    assert all(module.training is mode for _, module in net.modules())
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    expected = net.eval()(x)
    np.testing.assert_allclose(outputs, expected, rtol=1e-13)
    assert share == sum(row.argmax() == label for row, label in zip(expected, labels, strict=True)) / 25


def test_a_step_returns_the_loss_before_it() -> None:
    net = plain_mlp([3, 4, 3], np.random.default_rng(0))
    x, labels = clouds(20)
    before = cross_entropy(net(x), labels)[0]
    assert train_step(net, cross_entropy, SGD(net.parameters(), lr=0.1), x, labels) == before
    assert cross_entropy(net(x), labels)[0] < before


def test_the_first_layer_is_not_asked_for_the_gradient_of_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Sequential(ReLU(), plain_mlp([3, 4, 3], np.random.default_rng(0)))
    x, labels = clouds(20)
    _, gradient = cross_entropy(net(x), labels)
    net.backward(gradient)
    expected = [parameter.grad for parameter in net.parameters()]
    for layer in (net[0], net[1][0]):
        monkeypatch.setattr(layer, "backward", lambda gradient: pytest.fail("this gradient nobody needs"))
    net.backward_parameters(gradient)
    for parameter, wanted in zip(net.parameters(), expected, strict=True):
        assert parameter.grad is not wanted
        np.testing.assert_array_equal(parameter.grad, wanted)
