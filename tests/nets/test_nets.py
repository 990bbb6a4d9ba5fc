"""The networks: sizes that must not drift, and the signs of life that a broken one does not give."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from digitlab import nets

GOLDEN = {"MLP": 235_914, "CNN": 102_026, "DigitClassifier": 620_234, "ResNet": 269_434, "StagedCNN": 289_642}
KINDS = {
    "MLP": "Flatten" + " Linear BatchNorm1d ReLU Dropout" * 2 + " Linear",
    "CNN": " ".join(["Conv2d BatchNorm2d MaxPool ReLU"] * 2)
    + " Conv2d BatchNorm2d ReLU GlobalAverage Flatten Linear ReLU Dropout Linear",
    "DigitClassifier": "Conv2d BatchNorm2d ReLU Conv2d BatchNorm2d MaxPool ReLU Conv2d BatchNorm2d ReLU"
    " AdaptiveAvgPool2d Flatten Linear ReLU Dropout Linear",
    "ResNet": "Conv2d BatchNorm2d ReLU" + " Conv2d BatchNorm2d ReLU" * 18 + " GlobalAverage Flatten Linear",
    "StagedCNN": "Conv2d MaxPool BatchNorm2d ReLU"
    + " Conv2d BatchNorm2d ReLU Conv2d MaxPool BatchNorm2d ReLU" * 2
    + " Flatten Dropout Linear",
}


def test_every_network_has_its_golden_numbers() -> None:
    assert set(GOLDEN) == set(KINDS) == set(nets.__all__)


@pytest.fixture(params=nets.__all__)
def net(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(0)
    return getattr(nets, request.param)()


def test_parameters_and_layers_are_the_lessons(net: nn.Module) -> None:
    name = type(net).__name__
    assert sum(parameter.numel() for parameter in net.parameters()) == GOLDEN[name]
    layers = [type(layer).__name__ for layer in net.modules() if not any(layer.children())]
    assert layers == KINDS[name].split()


def test_dropout_is_the_lessons() -> None:
    shares = [layer.p for net in (nets.MLP(), nets.CNN(), nets.DigitClassifier()) for layer in net.modules()
              if isinstance(layer, nn.Dropout)]  # fmt: skip
    assert shares == [0.3, 0.3, 0.5, 0.4]


def test_first_loss_is_that_of_guessing(net: nn.Module) -> None:
    images, labels = torch.randn(256, 1, 28, 28), torch.arange(256) % 10
    with torch.no_grad():
        loss = cross_entropy(net.eval()(images), labels)
    assert float(loss) == pytest.approx(math.log(10), abs=0.15)


def test_gradient_reaches_every_parameter(net: nn.Module) -> None:
    cross_entropy(net(torch.randn(8, 1, 28, 28)), torch.arange(8)).backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert torch.count_nonzero(parameter.grad) > 0, name


def test_a_tiny_batch_is_overfitted(net: nn.Module) -> None:
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.randn(16, 1, 28, 28, generator=generator), torch.arange(16) % 10
    for layer in net.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        loss = cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_sizes_are_arguments() -> None:
    images = torch.randn(2, 1, 28, 28)
    assert nets.MLP(hidden_sizes=(), num_classes=47)(images).shape == (2, 47)
    assert nets.CNN(num_classes=26, channels=(4, 8, 16), hidden_size=5)(images).shape == (2, 26)
    assert nets.DigitClassifier(num_classes=3, channels=(4, 8, 16), pool_size=2)(images).shape == (2, 3)
