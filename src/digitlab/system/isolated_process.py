"""Work in a process of its own: it may raise, exit, abort or be killed, and this one is not hurt.

With `start="fork"` the new process begins with every module that this one has imported, in milliseconds. That is safe
as long as this one has imported only and computed nothing: no thread pool and no CUDA context is inherited, since there
is none. With "spawn" it begins from nothing, and pays seconds for the import of torch.
"""

import atexit
import contextlib
import multiprocessing.connection
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from digitlab.errors import Interrupted, Left
from digitlab.system.ranks import KILL, end_with_parent
from digitlab.system.signals import (
    forward_signals_to,
    install_handlers,
    signals_blocked,
    stop_forwarding_to,
    unblock_signals,
)


class Ending(NamedTuple):
    """How a process ended.

    Attributes:
        exit_code: Or the number of the signal that killed it, negative.
        message: Its last line, if it could still say one.
    """

    exit_code: int
    message: str | None


class IsolatedProcess:
    """`work(*arguments)` in a process of its own, started at once; a signal is passed on to it.

    Args:
        start: "fork" or "spawn"; for the latter `work` must be a function of a module, and `arguments` plain data.
        work: What it does; to leave with an exit code, as `sys.exit` does.
        arguments: What it is given.
    """

    def __init__(self, start: str, work: Callable[..., None], *arguments: Any) -> None:
        context: Any = multiprocessing.get_context(start)
        self.receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(sender, os.getpid(), work, *arguments))
        with sender, signals_blocked(), warnings.catch_warnings():
            # Python warns of threads, of which there are NumPy's own: OpenBLAS makes them anew in a forked process.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
            _make_group(self._process.pid)  # the child does the same: whoever comes first
            forward_signals_to(self._process.pid)

    def wait(self) -> Ending:
        """Wait for its end; what it had started ends with it unless it ended well."""
        process, message = self._process, None
        with self.receiver, contextlib.suppress(EOFError, OSError):
            message = self.receiver.recv()
        process.join()
        stop_forwarding_to(process.pid)
        if process.exitcode and hasattr(os, "killpg"):  # other processes of one training, say, would wait without end
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, KILL)
        return Ending(process.exitcode, message)

    def stop(self) -> Ending:
        """Ask it to stop, as SIGTERM does, and wait for its end."""
        self._process.terminate()
        return self.wait()


def run_isolated(start: str, work: Callable[..., None], *arguments: Any) -> Ending:
    """Run `work(*arguments)` as an `IsolatedProcess` and wait for its end."""
    return IsolatedProcess(start, work, *arguments).wait()


def first_ended(processes: Iterable[IsolatedProcess]) -> IsolatedProcess:
    """Sleep until one of these processes is at its end, and return it."""
    receivers = {process.receiver: process for process in processes}
    return receivers[multiprocessing.connection.wait(receivers)[0]]


def _work(sender: Connection, parent: int, work: Callable[..., None], *arguments: Any) -> None:
    _make_group(0)  # a terminal sends Ctrl-C to a whole group: it reaches the parent alone, who passes it on
    atexit._clear()  # what the parent registered is the parent's to do
    if hasattr(os, "register_at_fork"):  # the parent sees the end of this process, not of its children
        os.register_at_fork(after_in_child=sender.close)
    _end_with(parent)
    code, message = 0, None
    try:
        install_handlers()
        unblock_signals()
        work(*arguments)
    except Left as end:
        code, message = int(str(end.code)), end.message
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except Interrupted as error:
        code = 128 + error.signum
    except BaseException as error:
        traceback.print_exc()
        code, message = 1, f"{type(error).__name__}: {error}"
    atexit._run_exitfuncs()  # loggers finish there, and multiprocessing leaves without
    sender.send(message)
    sys.exit(code)


def _make_group(process: int) -> None:
    """Let a process, 0 for this one, have a group of its own; Windows has no groups."""
    if hasattr(os, "setpgid"):
        with contextlib.suppress(OSError):
            os.setpgid(process, process)


def _end_with(parent: int) -> None:
    """Get SIGTERM when the process that started us is gone, killed, say."""
    end_with_parent(signal.SIGTERM)
    if os.getppid() != parent:  # it was gone before we asked
        os.kill(os.getpid(), signal.SIGTERM)
