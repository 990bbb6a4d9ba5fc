"""The probe: it keeps what was asked for, takes what is faster, and never what is wrong."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import DictConfig
from torch import Tensor, nn

from digitlab import nets
from digitlab.paths import CONF_DIR
from digitlab.performance import autotune
from digitlab.performance.autotune import choose

CPU = torch.device("cpu")


class Paced(nn.Module):
    """A network that takes its time in float32, and is wrong in bfloat16 if asked to be."""

    def __init__(self, slow: str, wrong_in_half: bool = False) -> None:
        super().__init__()
        self.conv, self.slow, self.wrong_in_half = nn.Conv2d(1, 10, 28), slow, wrong_in_half

    def forward(self, images: Tensor) -> Tensor:
        half = torch.is_autocast_enabled("cpu")
        if self.slow == ("half" if half else "full"):
            time.sleep(0.02)
        logits = self.conv(images).flatten(1)
        return -logits if half and self.wrong_in_half else logits


def test_one_way_needs_no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autotune, "_Probe", None)
    chosen = choose(nets.MLP(), 10, CPU, "bf16-mixed", "auto")
    assert chosen == ("bf16-mixed", "contiguous", "there is nothing to choose")


@pytest.mark.parametrize(
    ("net", "precision", "said"),
    [
        (Paced("full"), "bf16-mixed", r"a probe found it right and .* times as fast as 32-true contiguous$"),
        (Paced("half"), "32-true", r"a probe found nothing faster$"),
        (
            Paced("full", wrong_in_half=True),
            "32-true",
            r"a probe found nothing faster; wrong gradients or none in 1 other$",
        ),
    ],
)
def test_faster_is_taken_if_it_is_right(net: nn.Module, precision: str, said: str) -> None:
    chosen = choose(net, 10, CPU, "auto", "contiguous")
    assert chosen.precision == precision
    assert re.search(said, chosen.reason), chosen.reason


class Odd(nn.Module):
    """A network that raises, always or in bfloat16, or whose gradients are no numbers with noise for images."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.conv, self.fault = nn.Conv2d(1, 10, 28), fault

    def forward(self, images: Tensor) -> Tensor:
        if self.fault == "raises" or (self.fault == "raises in half" and torch.is_autocast_enabled("cpu")):
            raise RuntimeError("no such kernel")
        logits = self.conv(images).flatten(1)
        return logits.log() if self.fault == "no numbers" else logits


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("raises", "a probe with noise for images could not be made"),
        ("raises in half", "a probe found nothing faster; wrong gradients or none in 1 other"),
        ("no numbers", "a probe found nothing faster; wrong gradients or none in 1 other"),
    ],
)
def test_what_a_network_of_ones_own_cannot_do_stops_no_run(fault: str, said: str) -> None:
    assert choose(Odd(fault), 10, CPU, "auto", "contiguous") == ("32-true", "contiguous", said)


def test_a_net_without_images_inside_has_no_layout_to_choose() -> None:
    assert choose(nets.MLP(), 10, CPU, "32-true", "auto")[:2] == ("32-true", "contiguous")


def test_the_net_and_the_generators_stay_as_they_are() -> None:
    torch.manual_seed(3)
    net = nets.CNN(channels=(4, 4, 4))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state = torch.get_rng_state()
    choose(net, 10, CPU, "auto", "auto")
    assert torch.equal(torch.get_rng_state(), state)
    after: dict[str, Any] = net.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert net.training
    assert all(parameter.grad is None for parameter in net.parameters())


@pytest.mark.parametrize("name", nets.__all__)
@pytest.mark.parametrize(
    "way", [("bf16-mixed", "channels_last"), ("32-true", "channels_last"), ("bf16-mixed", "contiguous")]
)
def test_every_way_is_right_for_every_network(name: str, way: tuple[str, str]) -> None:
    torch.manual_seed(0)
    net, images = getattr(nets, name)(), torch.randn(32, 1, 28, 28)
    labels = torch.arange(32) % 10
    plain = autotune._Probe(net, "32-true", "contiguous", images, labels)
    assert autotune._Probe(net, *way, images, labels).agrees_with(plain)


@pytest.mark.parametrize("recipe", sorted((CONF_DIR / "experiment").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_recipe_says_what_it_computes_in(recipe: Path, composed: Callable[..., DictConfig]) -> None:
    header = " ".join(line.strip("# \n") for line in recipe.read_text().splitlines() if line.startswith("#"))
    cfg = composed("train", f"experiment={recipe.stem}")
    if recipe.stem.startswith("lesson_"):  # to the letter: no probe may choose another precision
        assert (cfg.trainer.precision, cfg.memory_format) == ("32-true", "contiguous")
        assert "Computes in 32-true, contiguous." in header
    else:
        assert cfg.trainer.precision == "auto"
        assert re.search(r"Computes in .* autotune finds right and fast(er|est)", header)
