"""The head is found by a prediction, in our networks and in others."""

import pytest
import torch
from torch import nn

from digitlab.nets import CNN, MLP, DigitClassifier, StagedCNN
from digitlab.nets.head import find_head, split_parameters
from support.own_nets import Backwards, Convolved

IMAGES = torch.zeros(2, 1, 28, 28)


@pytest.mark.parametrize(
    ("net", "name"),
    [
        (MLP(hidden_sizes=[4]), "layers.5"),
        (MLP(hidden_sizes=[]), "layers.1"),
        (CNN(), "head.5"),
        (DigitClassifier(), "head.4"),
        (StagedCNN(), "head.2"),
        (StagedCNN(hidden_size=9), "head.4"),
        (Backwards(), "fc"),
        (nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.LogSoftmax(dim=1)), "1"),
        (Convolved(), None),
        (nn.Sequential(nn.Conv2d(1, 10, 28), nn.Flatten()), None),
    ],
)
def test_the_head_is_the_layer_that_gives_the_logits(net: nn.Module, name: str | None) -> None:
    net.eval()
    assert find_head(net, lambda: net(IMAGES)) == name
    assert not any(layer._forward_hooks for layer in net.modules())


def test_a_network_may_be_a_linear_layer() -> None:
    net = nn.Linear(784, 10)
    assert find_head(net, lambda: net(IMAGES.flatten(1))) == ""


def test_parameters_are_in_one_part_each() -> None:
    net = CNN()
    features, head = split_parameters(net, "head.5")
    assert [parameter.shape for parameter in head] == [(10, 64), (10,)]
    assert {id(parameter) for parameter in [*features, *head]} == {id(parameter) for parameter in net.parameters()}
