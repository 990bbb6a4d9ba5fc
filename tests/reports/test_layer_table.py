"""The table of layers: true shapes, and no trace in the module."""

import torch

from digitlab.module import DigitModule
from digitlab.reports.layer_table import layer_rows


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
    assert torch.equal(torch.get_rng_state(), random_state)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert module.training
    assert module.net.head.training
    assert not module.net.features.training
    assert not any(layer._forward_hooks for layer in module.modules())
