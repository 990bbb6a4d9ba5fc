"""The allow-list: what a stranger's checkpoint may and may not name."""

import pytest

from digitlab import nets
from digitlab.errors import UserError
from digitlab.safe_instantiate import NETS, OPTIMIZERS, safe_instantiate
from digitlab.system.trust import VARIABLE


def test_calls_an_allowed_target_with_its_arguments() -> None:
    net = safe_instantiate({"_target_": "digitlab.nets.MLP", "hidden_sizes": [8]}, allowed=NETS)
    assert isinstance(net, nets.MLP)
    assert net.layers[1].out_features == 8


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "builtins.exec",
        "torch.load",
        "torch.optim.adam.torch.hub.load",  # reached through what an allowed module imports
        "torch.optim.adam.cast",
        "torch.optim",
        "digitlab.nets.MLP",  # allowed as a network, not as an optimizer
        "None",
        "",
    ],
)
def test_refuses_what_is_not_allowed(target: str) -> None:
    with pytest.raises(UserError, match=r"is not allowed|cannot be imported"):
        safe_instantiate({"_target_": target}, allowed=OPTIMIZERS)


def test_a_package_of_ones_own_is_allowed_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="DIGITLAB_ALLOWED_TARGETS"):
        safe_instantiate({"_target_": "fractions.Fraction"}, 3, allowed=NETS)
    monkeypatch.setenv(VARIABLE, "fractions., mylab.")
    assert safe_instantiate({"_target_": "fractions.Fraction"}, 3, allowed=NETS) == 3


def test_says_what_does_not_exist_or_does_not_fit() -> None:
    with pytest.raises(UserError, match=r"_target_=digitlab\.nets\.MLQ cannot be imported"):
        safe_instantiate({"_target_": "digitlab.nets.MLQ"}, allowed=NETS)
    with pytest.raises(UserError, match=r"digitlab\.nets\.MLP refuses its arguments: .*'depth'"):
        safe_instantiate({"_target_": "digitlab.nets.MLP", "depth": 3}, allowed=NETS)
