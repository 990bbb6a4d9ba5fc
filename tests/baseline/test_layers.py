"""Every layer is torch's: outputs, gradients, running statistics, names."""

import importlib
import pkgutil

import numpy as np
import pytest

import digitlab.baseline
from digitlab.baseline.module import Module
from support.battery import CASES, MODES
from support.parity import FORWARD, GRADIENTS, parity, state_gap, twin


def all_subclasses(parent: type[Module]) -> set[type[Module]]:
    children = set(parent.__subclasses__())
    return children.union(*(all_subclasses(child) for child in children))


def is_ours(layer: type[Module]) -> bool:
    return layer.__module__.startswith("digitlab.baseline.")


def test_every_layer_has_an_entry_in_the_battery() -> None:
    for found in pkgutil.walk_packages(digitlab.baseline.__path__, "digitlab.baseline."):
        importlib.import_module(found.name)
    layers = {
        layer.__name__
        for layer in all_subclasses(Module)
        if is_ours(layer) and not any(map(is_ours, layer.__subclasses__()))
    }
    tested = {type(case.ours(np.random.default_rng(0))).__name__ for case in CASES.values()}
    assert layers == tested
    assert len(layers) > 10


@pytest.mark.parametrize(("name", "training"), MODES)
def test_layer_is_torchs(name: str, training: bool) -> None:
    rng = np.random.default_rng(0)
    case = CASES[name]
    ours = case.build(rng, training)
    theirs = twin(ours, case.theirs())
    for _ in range(2):  # twice, since running statistics are averages over batches
        forward, gradients = parity(ours, theirs, rng.normal(0.5, 2, case.shape), rng)
        assert forward < FORWARD
        assert gradients < GRADIENTS
    assert state_gap(ours, theirs) < FORWARD


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_names_and_their_order_are_torchs(case) -> None:
    ours, theirs = case.ours(np.random.default_rng(0)), case.theirs()
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    assert [name for name, _ in ours.named_buffers()] == [name for name, _ in theirs.named_buffers()]
    assert {name: array.shape for name, array in ours.state_dict().items()} == {
        name: tuple(tensor.shape) for name, tensor in theirs.state_dict().items()
    }


@pytest.mark.parametrize(("name", "training"), MODES)
def test_backward_parameters_sets_the_gradients_that_backward_sets(name: str, training: bool) -> None:
    rng = np.random.default_rng(1)
    layer = CASES[name].build(rng, training)
    gradient = rng.normal(size=layer(rng.normal(size=CASES[name].shape)).shape)
    layer.backward(gradient)
    expected = [parameter.grad.copy() for parameter in layer.parameters()]
    for parameter in layer.parameters():
        parameter.grad = np.full_like(parameter.data, np.nan)
    layer.backward_parameters(gradient)
    for parameter, wanted in zip(layer.parameters(), expected, strict=True):
        np.testing.assert_array_equal(parameter.grad, wanted)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_evaluation_changes_no_state(case) -> None:
    rng = np.random.default_rng(2)
    layer = case.build(rng, training=False)
    before = layer.state_dict()
    layer.backward(layer(rng.normal(size=case.shape)))
    for name, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_single_precision_stays_single(name: str, training: bool) -> None:
    rng = np.random.default_rng(3)
    layer = CASES[name].build(rng, training).astype(np.float32)
    y = layer(rng.normal(size=CASES[name].shape).astype(np.float32))
    assert y.dtype == layer.backward(y).dtype == np.float32
    for parameter in layer.parameters():
        assert parameter.data.dtype == parameter.grad.dtype == np.float32
    for buffer_name, buffer in layer.named_buffers():
        assert buffer.dtype == (np.int64 if buffer_name == "num_batches_tracked" else np.float32)
