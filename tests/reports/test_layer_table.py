"""The table of layers: true shapes, and no trace in the module."""

import torch
from lightning import LightningModule
from torch import nn

from digitlab.module import DigitModule
from digitlab.reports.layer_table import layer_rows, pooling_note


def test_rows_are_those_of_a_forward_pass_and_nothing_is_touched() -> None:
    module = DigitModule(
        {"_target_": "digitlab.nets.CNN"}, {"dataset": "mnist", "num_classes": 10, "mean": 0.1, "std": 0.3}
    )
    module.net.features.eval()  # frozen, say: it has to stay so
    before = {name: value.clone() for name, value in module.state_dict().items()}
    random_state = torch.get_rng_state()
    rows = layer_rows(module)
    assert rows[0] == ("features.0", "Conv2d", "32 x 28 x 28", "320")
    assert rows[10] == ("features.10", "ReLU", "128 x 7 x 7", "")
    assert rows[-1] == ("head.5", "Linear", "10", "650")
    assert sum(int(row[3].replace(",", "")) for row in rows if row[3]) == 102_026
    assert "max and ReLU commute" in (pooling_note(rows) or "")
    assert "a quarter of the work" in (pooling_note(rows) or "")
    assert pooling_note(rows[3:6]) is None
    assert torch.equal(torch.get_rng_state(), random_state)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert module.training
    assert module.net.head.training
    assert not module.net.features.training
    assert not any(layer._forward_hooks for layer in module.modules())


def test_a_module_of_ones_own_has_a_table_too() -> None:
    class Own(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Sequential(nn.LSTM(3, 4, batch_first=True))

        def forward(self, series: torch.Tensor) -> torch.Tensor:
            return self.head(series)[0]

    module = Own()
    assert layer_rows(module) == [("head.0", "LSTM", "", "144")]
    module.example_input_array = torch.zeros(2, 5, 3)
    assert layer_rows(module) == [("head.0", "LSTM", "", "144")]
