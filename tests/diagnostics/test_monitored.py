"""What callbacks monitor is looked at, and they take no part in an examination."""

from typing import Any

import pytest
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint

from digitlab.diagnostics.examine import diagnose
from digitlab.diagnostics.result import Status
from support.sick_trainings import ARGUMENTS, Digits, Net

pytestmark = pytest.mark.usefixtures("brief")


@pytest.mark.parametrize(
    ("callback", "value"),
    [
        (EarlyStopping("val_loss"), "EarlyStopping monitors val_loss, which is not logged; there are fit, valid_accur"),
        (EarlyStopping("valid_accuracy"), "EarlyStopping takes min of valid_accuracy for better"),
        (ModelCheckpoint(monitor="fit", mode="max"), ""),
        (EarlyStopping("valid_accuracy", mode="max"), ""),
    ],
)
def test_what_is_monitored_is_looked_at(callback: Any, value: str) -> None:
    found = diagnose(Net(), Digits(), checks="DL505", callbacks=[callback], **ARGUMENTS).results[0]
    assert found.status is (Status.FAIL if value else Status.PASS)
    assert found.value.startswith(value)


def test_the_callbacks_of_a_module_are_looked_at_and_take_no_part() -> None:
    class Careful(Net):
        def configure_callbacks(self) -> Any:
            return EarlyStopping("nothing", patience=0)

    found = diagnose(Careful(), Digits(), checks="DL505", **ARGUMENTS).results[0]
    assert found.value.startswith("EarlyStopping monitors nothing")
