"""Signals that ask us to stop: the first one asks, a second one ends us at once.

They are SIGINT (Ctrl-C), SIGTERM (a scheduler, a shutdown), SIGHUP (the terminal is closed) and SIGUSR1 (what SLURM can
send before the time is up). Outside of training a signal stops the work where it is. While training it waits for a
moment at which the run can be saved and resumed exactly: `defer_signals` says when to wait, `raise_if_stopped` marks
those moments. A sweep works in other processes, to which it forwards them. Of several processes that train one model
the first one decides; `digitlab.system.ranks` says which that is.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

from digitlab.errors import Interrupted
from digitlab.system.ranks import KILL, die_with_first, first_process

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))  # Windows has the first two
BLOCKED = SIGNALS + tuple(getattr(signal, name) for name in ("SIGTSTP",) if hasattr(signal, name))  # and Ctrl-Z
SECONDS_FOR_FIRST = 0.5  # in which the first process will have had the same signal, if it was sent to all
SECONDS_UNHEARD = 2.5  # after which a process is taken to wait for another one

_waiting = False
_received: int | None = None
_workers: frozenset[int] = frozenset()


def install_handlers() -> None:
    """Take over these signals; one that is ignored, as SIGHUP is under `nohup`, stays so."""
    global _waiting, _received, _workers
    _waiting, _received, _workers = False, None, frozenset()
    die_with_first()
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


def received_signal() -> int:
    """Return the number of the signal that has asked us to stop, or 0."""
    return _received or 0


def raise_if_stopped() -> None:
    """Stop here if a signal has asked for it.

    Raises:
        Interrupted: With the signal.
    """
    if _received is not None:
        _ask_first(_received)
        raise Interrupted(_received)


def defer_signals() -> None:
    """Let a signal wait for the next `raise_if_stopped`, until `end_deferral`."""
    global _waiting
    _waiting = True


def end_deferral() -> None:
    """Let a signal stop the work where it is."""
    global _waiting
    _waiting = False


@contextlib.contextmanager
def signals_deferred() -> Iterator[None]:
    """Let a signal wait for the next `raise_if_stopped`, or for the end of the block."""
    defer_signals()
    try:
        yield
    finally:
        end_deferral()
    raise_if_stopped()


@contextlib.contextmanager
def signals_blocked() -> Iterator[None]:
    """Let signals wait in the system, for this process and any that is started within the block."""
    before = _mask("SIG_BLOCK", BLOCKED)
    try:
        yield
    finally:
        _mask("SIG_SETMASK", before)


def unblock_signals() -> None:
    """End what `signals_blocked` began in the process that started this one."""
    _mask("SIG_UNBLOCK", BLOCKED)


def _mask(how: str, numbers: Iterable[int]) -> Iterable[int]:
    """Change which signals wait in the system, and return which did before; Windows lets none wait."""
    return signal.pthread_sigmask(getattr(signal, how), numbers) if hasattr(signal, "pthread_sigmask") else ()


def forward_signals_to(worker: int) -> None:
    """Pass a first signal on to the process `worker` and its group too, who answer it.

    A second one kills them. Ctrl-Z stops them with us, and they continue when we do. To be called while signals are
    blocked: one that came just before the worker was started is passed on now.
    """
    global _workers
    _workers |= {worker}
    _answer_ctrl_z(_pause)
    if _received is not None:
        _tell(worker, _received)


def stop_forwarding_to(worker: int) -> None:
    """End what `forward_signals_to` began."""
    global _workers
    _workers -= {worker}
    if not _workers:
        _answer_ctrl_z(signal.SIG_DFL)


def _answer_ctrl_z(answer: Any) -> None:
    if hasattr(signal, "SIGTSTP") and signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
        signal.signal(signal.SIGTSTP, answer)


@contextlib.contextmanager
def unheard_signals_end(record: Callable[[int], None]) -> Iterator[None]:
    """End the process if a signal is not heard, where one process waits for another in a call that Python cannot enter.

    So it waits for those that it has started to come, for half an hour if they do not.

    Args:
        record: Told the signal before the process ends.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_end_unheard, args=(reader, record), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writer)


def _end_unheard(reader: int, record: Callable[[int], None]) -> None:
    while number := os.read(reader, 1):
        if number[0] in SIGNALS:
            time.sleep(SECONDS_UNHEARD)
            if _received is None:
                record(number[0])
                os._exit(128 + number[0])
    os.close(reader)


def _pause(number: int, frame: FrameType | None) -> None:
    _tell_all(signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
    _tell_all(signal.SIGCONT)


def _handle(number: int, frame: FrameType | None) -> None:
    global _received
    if _received is not None:
        _tell_all(KILL)
        os._exit(128 + number)
    _received = number
    if _workers:
        _tell_all(number)
    elif not _waiting:
        _ask_first(number)
        raise Interrupted(number)


def _ask_first(number: int) -> None:
    """Have the first process of this training end all, if it has started this one; it takes us with it."""
    first = first_process()
    if first is not None:
        time.sleep(SECONDS_FOR_FIRST)
        with contextlib.suppress(ProcessLookupError):
            os.kill(first, number)
            time.sleep(5)


def _tell_all(number: int) -> None:
    for worker in _workers:
        _tell(worker, number)


def _tell(worker: int, number: int) -> None:
    """Send a signal to the worker's group, or to the worker alone if it has not made one yet; Windows has no groups."""
    for name in ("killpg", "kill"):
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, name):
                getattr(os, name)(worker, number)
                return
