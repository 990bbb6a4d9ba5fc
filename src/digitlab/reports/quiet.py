"""Keep libraries from saying what their users can do nothing about."""

import functools
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        with warnings.catch_warnings(), _threads_quiet():
            for message in HARMLESS:
                warnings.filterwarnings("ignore", message)
            return work(*args, **kwargs)

    return silenced


@contextmanager
def _threads_quiet() -> Iterator[None]:
    """Print no traceback of a thread that keeps its error: TensorBoard's, whose next call in our thread raises it."""
    before = threading.excepthook

    def hook(raised: threading.ExceptHookArgs) -> None:
        if getattr(raised.thread, "exception", None) is not raised.exc_value:
            before(raised)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = before
