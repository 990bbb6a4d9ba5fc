"""Keep libraries from saying what their users can do nothing about."""

import functools
import logging
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# Each with the reason why it is no news to a user of digitlab.
HARMLESS = (
    ".*does not have many workers.*",  # the data is in memory: workers would be slower
    ".*smaller than the logging interval.*",  # epoch metrics are logged all the same
    ".*Total length of `list` across ranks is zero.*",  # data.val_share=null asks for no validation
    ".*callbacks used to create the checkpoint need to be provided.*",  # one was left out for the rest of a resumed run
    ".*Early stopping conditioned on metric.*",  # max_steps ends an epoch without validation; a typo is found elsewhere
    ".*Checkpoint directory .* exists and is not empty.*",  # so it is when a run is resumed
    ".*`isinstance\\(treespec, LeafSpec\\)` is deprecated.*",  # between Lightning and torch
)


def quiet(work: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Return `work` with the advertisements and known false alarms of the libraries switched off."""

    @functools.wraps(work)
    def silenced(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for name in ("lightning.pytorch", "lightning.fabric"):
            logger = logging.getLogger(name)
            logger.handlers.clear()  # its own handler, beside Hydra's, is why lines come twice
            logger.setLevel(logging.WARNING)
        with warnings.catch_warnings():
            for message in HARMLESS:
                warnings.filterwarnings("ignore", message)
            return work(*args, **kwargs)

    return silenced
