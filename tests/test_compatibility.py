"""What is found out before a run that would have been found after it."""

from typing import Any

import pytest
from lightning import LightningModule

from digitlab.compatibility import check_network, check_test_share
from digitlab.errors import UserError
from support.foreign_data import Stripes

SETTINGS: dict[str, Any] = {"test": True, "trainer": {}}


@pytest.mark.parametrize(("share", "refused"), [(0.3, True), (0.34, False), (1.0, False), (1, False), (None, False)])
def test_a_share_of_the_test_batches_that_is_less_than_one(share: float | None, refused: bool) -> None:
    settings = {**SETTINGS, "trainer": {"limit_test_batches": share}}  # of three batches
    if refused:
        with pytest.raises(UserError, match=r"of 3 test batches is less than one; .* at least 0\.333"):
            check_test_share(Stripes(), settings)
        check_test_share(Stripes(), {**settings, "test": False})
    else:
        check_test_share(Stripes(), settings)


def test_a_module_that_optimizes_by_hand_clips_by_hand() -> None:
    module = LightningModule()
    module.automatic_optimization = False
    check_network(module, Stripes(), {**SETTINGS, "trainer": {"gradient_clip_val": None}})
    with pytest.raises(UserError, match=r"LightningModule steps its optimizers itself.*gradient_clip_val=null"):
        check_network(module, Stripes(), {**SETTINGS, "trainer": {"gradient_clip_val": 1.0}})
