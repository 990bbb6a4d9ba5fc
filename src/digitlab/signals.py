"""SIGINT (Ctrl-C) and SIGTERM (a scheduler, a shutdown): the first one asks us to stop, a second one ends us at once.

Outside of training a signal stops the work where it is. While training it waits for a moment at which the run can be
saved and resumed exactly: `deferred` says when to wait, `stop_if_asked` marks those moments.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

from digitlab.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)

_waiting = False
_received: int | None = None


def listen() -> None:
    """Take over both signals; one that is ignored, as a shell ignores Ctrl-C for work in the background, stays so."""
    global _waiting, _received
    _waiting, _received = False, None
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


def asked() -> bool:
    """Return whether a signal has asked us to stop."""
    return _received is not None


def stop_if_asked() -> None:
    """Stop here if a signal has asked for it.

    Raises:
        Interrupted: With the signal.
    """
    if _received is not None:
        raise Interrupted(_received)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let a signal wait for the next `stop_if_asked`, or for the end of the block."""
    global _waiting
    _waiting = True
    try:
        yield
    finally:
        _waiting = False
    stop_if_asked()


def _handle(number: int, frame: FrameType | None) -> None:
    global _received
    if _received is not None:
        os._exit(128 + number)
    _received = number
    if not _waiting:
        raise Interrupted(number)
