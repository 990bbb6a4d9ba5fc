"""What "auto" comes to, for networks and data of one's own too."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from digitlab.module import DigitModule
from digitlab.performance.tune import tune


class Colours(nn.Module):
    """Takes pictures of three colours."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 8)

    def forward(self, images: Tensor) -> Tensor:
        return self.conv(images).flatten(1)


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("DIGITLAB_ALLOWED_TARGETS", f"{__name__}.")


def tuned(module: DigitModule, **trainer: Any) -> str:
    """Return why a module is trained as it is."""
    given = {"precision": "auto", "accelerator": "cpu", "devices": 1, **trainer}
    return tune({"trainer": given, "memory_format": "auto", "data": module.hparams["data"]}, module)[1]


def test_data_of_ones_own_need_no_number_of_classes_and_have_a_shape_of_their_own() -> None:
    module = DigitModule({"_target_": f"{__name__}.Colours"}, {"_target_": "theirs"})
    module.example_input_array = torch.zeros(2, 3, 8, 8)
    reason = tuned(module)
    assert reason.startswith("a probe found")


@pytest.mark.parametrize("several", [{"devices": 2}, {"num_nodes": 2}])
def test_several_processes_choose_nothing_each_by_itself(several: dict[str, int]) -> None:
    module = DigitModule({"_target_": "digitlab.nets.MLP"}, {"num_classes": 10})
    assert tuned(module, **several) == "several processes have to agree, so nothing is probed"
