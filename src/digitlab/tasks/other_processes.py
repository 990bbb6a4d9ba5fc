"""The processes that Lightning has started for one training: if one is gone, all end, and the first one says so.

Lightning has an observer of its own, which kills all of them, itself included, up to five seconds later.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

from lightning import Trainer
from lightning.pytorch.strategies.launchers import subprocess_script

LAUNCHING: Any = subprocess_script  # what it gives to nobody else is set here
EVERY = 0.3  # seconds between two looks
SECONDS_UNHEARD = 2.0  # in which the first process hears of it in what it computes with the others


@contextlib.contextmanager
def watched(trainer: Trainer, lost: Callable[[], None]) -> Iterator[None]:
    """End this process with exit code 1 if another one of its training fails or is killed and this one waits for it.

    Args:
        trainer: Whose processes are watched.
        lost: Called before, to record and to say it.
    """
    over, observe = threading.Event(), LAUNCHING._launch_process_observer
    LAUNCHING._launch_process_observer = lambda processes: None
    threading.Thread(target=_watch, args=(trainer.strategy.launcher, over, lost), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        LAUNCHING._launch_process_observer = observe


def _watch(launcher: Any, over: threading.Event, lost: Callable[[], None]) -> None:
    while not over.wait(EVERY):
        processes = list(getattr(launcher, "procs", ()))
        if any(process.poll() for process in processes):
            if not over.wait(SECONDS_UNHEARD):
                lost()
                for process in processes:
                    process.kill()
                os._exit(1)
            return
