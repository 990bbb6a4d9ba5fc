"""What every module can do: keep its state, take another's, change its mode and its precision."""

import numpy as np
import pytest

from digitlab.baseline.activations import ReLU
from digitlab.baseline.batch_norm import BatchNorm1d
from digitlab.baseline.containers import Residual, Sequential
from digitlab.baseline.fit import train_step
from digitlab.baseline.linear import Linear
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.module import Module, Parameter
from digitlab.baseline.nets import lesson_cnn, lesson_mlp
from digitlab.baseline.optimizers import Adam


def net(seed: int = 0) -> Sequential:
    rng = np.random.default_rng(seed)
    body = Sequential(Linear(3, 3, rng=rng), BatchNorm1d(3))
    return Sequential(first=Residual(body, Linear(3, 3, rng=rng, bias=False)), relu=ReLU())


def test_names_are_paths() -> None:
    assert [name for name, _ in net().named_parameters()] == [
        "first.body.0.weight", "first.body.0.bias", "first.body.1.weight", "first.body.1.bias", "first.shortcut.weight"
    ]  # fmt: skip
    assert [name for name, _ in net().named_buffers()] == [
        f"first.body.1.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")
    ]


def test_state_is_a_copy_both_ways() -> None:
    source, target = net(0), net(1)
    source(np.random.default_rng(2).normal(size=(5, 3)))  # moves the statistics
    state = source.state_dict()
    target.load_state_dict(state)
    expected = {name: array.copy() for name, array in state.items()}
    for array in state.values():
        array += 1
    for module in (source, target):
        for name, array in module.state_dict().items():
            np.testing.assert_array_equal(array, expected[name])


def test_loading_writes_into_the_arrays_that_an_optimizer_holds() -> None:
    module = net(0)
    parameters = [(parameter, parameter.data) for parameter in module.parameters()]
    module.load_state_dict(net(1).state_dict())
    assert all(parameter.data is data for parameter, data in parameters)
    assert [parameter for parameter, _ in parameters] == module.parameters()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("first.body.0.bias"), r"differ in \['first.body.0.bias'\]"),
        (lambda state: state.update(head=np.zeros(1)), r"differ in \['head'\]"),
        (
            lambda state: state.update({"first.shortcut.weight": np.zeros((3, 1))}),
            r"first.shortcut.weight must have shape \(3, 3\), got \(3, 1\)",
        ),
    ],
    ids=["missing", "unknown", "shape"],
)
def test_a_state_of_other_names_or_shapes_is_refused(change, message: str) -> None:
    state = net().state_dict()
    change(state)
    with pytest.raises(ValueError, match=message):
        net().load_state_dict(state)


def test_modes_reach_every_module() -> None:
    module = net()
    assert all(part.training for _, part in module.modules())
    assert module.eval() is module
    assert not any(part.training for _, part in module.modules())
    module.train()
    assert all(part.training for _, part in module.modules())


def test_a_parameter_is_contiguous_and_starts_without_gradient() -> None:
    parameter = Parameter(np.arange(6.0).reshape(2, 3).T)
    assert parameter.data.flags.c_contiguous
    np.testing.assert_array_equal(parameter.grad, np.zeros((3, 2)))


@pytest.mark.parametrize("make", [lesson_mlp, lesson_cnn])
def test_a_whole_step_in_single_precision(make) -> None:
    rng = np.random.default_rng(0)
    module: Module = make(rng).astype(np.float32)
    optimizer = Adam(module.parameters())
    images, labels = rng.normal(size=(4, 1, 28, 28)).astype(np.float32), np.arange(4)
    before = module.state_dict()
    for _ in range(2):
        train_step(module, cross_entropy, optimizer, images, labels)
    logits = module(images)
    _, gradient = cross_entropy(logits, labels)
    arrays = [logits, gradient, module.backward(gradient)]
    arrays += [array for parameter in module.parameters() for array in (parameter.data, parameter.grad)]
    arrays += [array for name, array in module.named_buffers() if not name.endswith("num_batches_tracked")]
    arrays += [array for state in optimizer.state for array in state.values()]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert all((array != before[name]).any() for name, array in module.state_dict().items())


def test_conversion_keeps_the_values_and_the_mode() -> None:
    module = net().eval()
    before = module.state_dict()
    assert module.astype(np.float32) is module
    assert not module.training
    for name, array in module.state_dict().items():
        np.testing.assert_array_equal(array, before[name].astype(array.dtype))
