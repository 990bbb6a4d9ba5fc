"""Small networks that learn some classes, and the settings with which others begin from their weights."""

import torch
from torch import Tensor

QUICK = (
    "trainer.accelerator=cpu", "trainer.max_epochs=2", "logger=csv", "trainer.precision=32-true",
    "memory_format=contiguous", "callbacks.progress=null",
)  # fmt: skip
SMALL = {
    "cnn": ("model=cnn", "model.channels=[4,4,4]", "model.hidden_size=8"),
    "mlp": ("model=mlp", "model.hidden_sizes=[8]"),
    "digit_classifier": ("model=digit_classifier", "model.channels=[2,2,4]", "model.hidden_size=8"),
    "staged_cnn": ("model=staged_cnn", "model.channels=[4,4]", "model.depths=[1,1]"),
}
LOW = "data.classes=[0,1,2,3,4]"
HIGH = "data.classes=[5,6,7,8,9]"


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    """Return the names of the weights and statistics that are not the same to the bit."""
    assert before.keys() == after.keys()
    return {name for name, value in before.items() if not torch.equal(value, after[name])}
