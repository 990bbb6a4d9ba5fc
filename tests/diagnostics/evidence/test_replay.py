"""What a network does by itself in evaluation."""

from typing import Any

import pytest
import torch
from torch import nn

from digitlab.diagnostics.evidence.replay import replay
from digitlab.diagnostics.evidence.scores import Call

IMAGES = torch.rand(6, 16, generator=torch.Generator().manual_seed(0))


class OverBatch(nn.Module):
    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        return scores.softmax(dim=0)


def called(*layers: nn.Module) -> Call:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(16, 8), *layers, nn.Linear(8, 3))
    state = {name: value.clone() for name, value in network.state_dict().items()}
    return Call(network, (IMAGES,), {}, network(IMAGES), state)


@pytest.mark.parametrize(
    ("layers", "linear", "mixes"),
    [
        ((nn.ReLU(),), False, False),
        ((nn.Sigmoid(), nn.Linear(8, 8), nn.Sigmoid()), False, False),
        ((), True, False),
        ((nn.Identity(), nn.Dropout(0.5), nn.Linear(8, 8)), True, False),
        ((nn.BatchNorm1d(8), nn.ReLU()), False, False),
        ((OverBatch(),), False, True),
    ],
)
def test_linear_and_mixing_networks_are_told(layers: Any, linear: bool, mixes: bool) -> None:
    found = replay(called(*layers))
    assert found.bend is not None
    assert (found.bend < 1e-9) == linear
    assert (found.mixes > 0.01) == mixes
    assert found.differs == 0


def test_the_network_stays_as_it_is_and_is_judged_as_it_was() -> None:
    call = called(nn.ReLU())
    nn.init.zeros_(call.network[0].weight)  # type: ignore[index]
    call.network.train()
    found = replay(call)
    assert torch.allclose(found.scores, call.scores)
    assert call.network.training
    assert not call.network[0].weight.any()  # type: ignore[index]


def test_a_network_without_images_is_not_judged() -> None:
    with pytest.raises(ValueError, match="not called with a tensor"):
        replay(Call(nn.Identity(), ("text",), {}, torch.zeros(6, 3)))
