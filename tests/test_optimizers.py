"""One rate for a network, or two: the groups that schedules and checkpoints meet."""

from typing import Any

import pytest
import torch

from digitlab.nets import CNN, MLP
from digitlab.optimizers import build_optimizer
from digitlab.schedules import build_schedule

KINDS: dict[str, dict[str, Any]] = {
    "Adam": {"fused": True}, "AdamW": {"weight_decay": 0.1}, "SGD": {"momentum": 0.9, "weight_decay": 0.1},
    "RMSprop": {},
}  # fmt: skip


def section(kind: str) -> dict[str, Any]:
    return {"_target_": f"torch.optim.{kind}", "lr": 0.1, **KINDS[kind]}


def test_one_rate_is_one_group_of_all() -> None:
    net = MLP(hidden_sizes=[4])
    optimizer = build_optimizer(section("Adam"), net, None)
    assert [group["params"] for group in optimizer.param_groups] == [list(net.parameters())]


def test_features_that_are_never_trained_are_left_out() -> None:
    net = CNN()
    (group,) = build_optimizer(section("Adam"), net, {"head": "head.5", "lr_factor": None}).param_groups
    assert [parameter.shape for parameter in group["params"]] == [(10, 64), (10,)]
    (group,) = build_optimizer(
        section("Adam"), MLP(hidden_sizes=[]), {"head": "layers.1", "lr_factor": 0.1}
    ).param_groups
    assert len(group["params"]) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("schedule", ["onecycle", "cosine", "step", "plateau"])
def test_both_rates_follow_a_schedule(kind: str, schedule: str) -> None:
    optimizer = build_optimizer(section(kind), CNN(), {"head": "head.5", "lr_factor": 0.1})
    assert [group["name"] for group in optimizer.param_groups] == ["head", "features"]
    made = build_schedule({"_target_": f"digitlab.schedules.{schedule}"}, optimizer, total_steps=20)["scheduler"]
    for _ in range(20):
        optimizer.step()
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates[1] == pytest.approx(0.1 * rates[0])
        made.step(*([1.0] if schedule == "plateau" else []))


@pytest.mark.parametrize("kind", KINDS)
def test_a_parameter_without_a_gradient_stays_as_it_is(kind: str) -> None:
    net = CNN()
    optimizer = build_optimizer(section(kind), net, {"head": "head.5", "lr_factor": 0.1})
    before = {name: value.clone() for name, value in net.named_parameters()}
    for parameter in net.head[5].parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    changed = [name for name, value in net.named_parameters() if not torch.equal(value, before[name])]
    assert changed == ["head.5.weight", "head.5.bias"]
