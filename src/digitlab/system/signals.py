"""SIGINT (Ctrl-C) and SIGTERM (a scheduler, a shutdown): the first one asks us to stop, a second one ends us at once.

Outside of training a signal stops the work where it is. While training it waits for a moment at which the run can be
saved and resumed exactly: `signals_deferred` says when to wait, `raise_if_stopped` marks those moments. A sweep works
in another process, to which it forwards them.
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
_worker: int | None = None


def install_handlers() -> None:
    """Take over both signals; one that is ignored, as a shell ignores Ctrl-C for work in the background, stays so."""
    global _waiting, _received, _worker
    _waiting, _received, _worker = False, None, None
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


def stop_requested() -> bool:
    """Return whether a signal has asked us to stop."""
    return _received is not None


def raise_if_stopped() -> None:
    """Stop here if a signal has asked for it.

    Raises:
        Interrupted: With the signal.
    """
    if _received is not None:
        raise Interrupted(_received)


@contextlib.contextmanager
def signals_deferred() -> Iterator[None]:
    """Let a signal wait for the next `raise_if_stopped`, or for the end of the block."""
    global _waiting
    _waiting = True
    try:
        yield
    finally:
        _waiting = False
    raise_if_stopped()


@contextlib.contextmanager
def signals_blocked() -> Iterator[None]:
    """Let signals wait in the system, for this process and any that is started within the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def unblock_signals() -> None:
    """End what `signals_blocked` began in the process that started this one."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def forward_signals_to(worker: int | None) -> None:
    """Pass a first signal on to the process `worker` and its group, who answer it; `None`: no longer.

    A second one kills them. Ctrl-Z holds them up with us, and they go on when we do.
    """
    global _worker
    _worker = worker
    if signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL if worker is None else _pause)


def _pause(number: int, frame: FrameType | None) -> None:
    _tell(signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
    _tell(signal.SIGCONT)


def _handle(number: int, frame: FrameType | None) -> None:
    global _received
    if _received is not None:
        _tell(signal.SIGKILL)
        os._exit(128 + number)
    _received = number
    if _worker is not None:
        _tell(number)
    elif not _waiting:
        raise Interrupted(number)


def _tell(number: int) -> None:
    """Send a signal to the worker's group, or to the worker alone if it has not made one yet."""
    for send in (os.killpg, os.kill):
        if _worker is not None:
            with contextlib.suppress(ProcessLookupError):
                send(_worker, number)
                return
