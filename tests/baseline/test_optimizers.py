"""Every optimizer, step for step, against torch's."""

import numpy as np
import pytest
import torch

from digitlab.baseline import optimizers
from digitlab.baseline.module import Parameter
from digitlab.baseline.optimizers import SGD, Adam, base
from support.parity import gap

SHAPES = [(3, 4), (3, 4), (5, 3, 5)]  # two alike, whose state must not mix
BLOCK = 32  # values; so the last parameter is updated in three blocks, the last of them smaller
TOLERANCE = 1e-12  # relative to the largest weight

CONFIGURATIONS = {
    "SGD": ("SGD", {"lr": 0.05}),
    "SGD momentum": ("SGD", {"lr": 0.02, "momentum": 0.9}),
    "SGD dampening": ("SGD", {"lr": 0.02, "momentum": 0.9, "dampening": 0.3}),
    "SGD nesterov": ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "SGD decay": ("SGD", {"lr": 0.05, "weight_decay": 0.02}),
    "SGD nesterov and decay": ("SGD", {"lr": 0.02, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02}),
    "Adagrad": ("Adagrad", {}),
    "Adagrad rate decay": ("Adagrad", {"lr": 0.1, "lr_decay": 0.01}),
    "Adagrad decay": ("Adagrad", {"lr": 0.1, "weight_decay": 0.05, "eps": 1e-3}),
    "Adagrad accumulator": ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5}),
    "RMSprop": ("RMSprop", {}),
    "RMSprop centered": ("RMSprop", {"alpha": 0.9, "centered": True, "eps": 1e-3}),
    "RMSprop momentum": ("RMSprop", {"lr": 0.003, "momentum": 0.9}),
    "RMSprop decay": ("RMSprop", {"weight_decay": 0.05}),
    "RMSprop everything": ("RMSprop", {"weight_decay": 0.05, "momentum": 0.5, "centered": True, "alpha": 0.95}),
    "Adam": ("Adam", {}),
    "Adam decay": ("Adam", {"lr": 0.01, "weight_decay": 0.05}),
    "Adam betas": ("Adam", {"lr": 0.01, "betas": (0.7, 0.9), "eps": 1e-3}),
    "AdamW": ("AdamW", {}),
    "AdamW decay": ("AdamW", {"lr": 0.01, "weight_decay": 0.2, "betas": (0.8, 0.99)}),
}
TORCH_NAMES = {
    "SGD": {"velocity": "momentum_buffer"},
    "Adagrad": {"total": "sum"},
    "RMSprop": {"square": "square_avg", "mean": "grad_avg", "velocity": "momentum_buffer"},
    "Adam": {"mean": "exp_avg", "square": "exp_avg_sq"},
    "AdamW": {"mean": "exp_avg", "square": "exp_avg_sq"},
}


class Race:
    """One optimizer and torch's, on the same weights."""

    def __init__(self, name: str, **options: object) -> None:
        self.rng = np.random.default_rng(0)
        self.parameters = [Parameter(self.rng.normal(size=shape)) for shape in SHAPES]
        self.tensors = [torch.tensor(parameter.data, requires_grad=True) for parameter in self.parameters]
        self.ours = getattr(optimizers, name)(self.parameters, **options)
        self.theirs = getattr(torch.optim, name)(self.tensors, **options)

    def step(self) -> None:
        """Take a step along the same random gradient on both sides."""
        for parameter, tensor in zip(self.parameters, self.tensors, strict=True):
            parameter.grad = self.rng.normal(0.2, 1, parameter.data.shape)
            tensor.grad = torch.tensor(parameter.grad)
        self.ours.step()
        self.theirs.step()

    def deviation(self) -> float:
        """Return the largest difference of any weight or state, as a share of its array's largest value."""
        pairs = [(ours.data, theirs) for ours, theirs in zip(self.parameters, self.tensors, strict=True)]
        for state, tensor in zip(self.ours.state, self.tensors, strict=True):
            other = self.theirs.state[tensor]  # torch has only what the options need
            names = TORCH_NAMES[type(self.ours).__name__]
            pairs += [
                (array, other[names[name]]) for name, array in state.items() if other.get(names[name]) is not None
            ]
        return max(gap(array, expected) / max(np.abs(array).max(), 1e-300) for array, expected in pairs)


@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_rate_may_change_between_steps(name: str, options: dict[str, object]) -> None:
    race = Race(name, **options)
    for lr in (0.1, 0.05, 0.2, 0.0, 0.01):
        race.ours.lr = race.theirs.param_groups[0]["lr"] = lr
        race.step()
        assert race.deviation() < TOLERANCE


@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_thousand_steps_are_torchs(name: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "BLOCK", BLOCK)
    race = Race(name, **options)
    for number in range(1000):
        race.step()
        if number in (0, 9, 999):
            assert race.deviation() < TOLERANCE


def test_every_optimizer_is_tested() -> None:
    assert {name for name, _ in CONFIGURATIONS.values()} == set(optimizers.__all__) - {"Optimizer"}


def test_parameters_alike_share_no_state() -> None:
    moved, still = Parameter(np.ones((2, 3))), Parameter(np.ones((2, 3)))
    optimizer = Adam([moved, still], lr=0.1)
    moved.grad = np.ones((2, 3))
    optimizer.step()
    np.testing.assert_allclose(moved.data, 0.9, rtol=1e-7)
    np.testing.assert_array_equal(still.data, 1)
    assert all((array == 0).all() for array in optimizer.state[1].values())
    assert all((array != 0).all() for array in optimizer.state[0].values())


def test_weights_are_changed_in_place() -> None:
    parameter = Parameter(np.ones(4))
    data = parameter.data
    parameter.grad = np.ones(4)
    SGD([parameter], lr=0.5).step()
    assert parameter.data is data
    np.testing.assert_array_equal(data, 0.5)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "dampening": 0.1}])
def test_nesterov_needs_momentum_without_dampening(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="nesterov needs momentum above 0 and dampening 0"):
        SGD([], lr=0.1, nesterov=True, **options)
