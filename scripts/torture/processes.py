"""A command in a process of its own, which can be watched, killed and waited for.

A cold start is what a person types, and takes seconds to load torch. A warm one is forked from a process that has
loaded it and done nothing else, so that a round costs a fraction; from the first line of the command on it is the same.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from digitlab.paths import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "src"
PRELOADED = ["digitlab.cli.app", "digitlab.cli.preflight", "digitlab.tasks.train", "torchvision.datasets"]
Prepare = Callable[[], None]


class Run:
    """A process that trains.

    Args:
        pid: Its number.
        ended: Gives its exit code once it has ended; negative for a signal that it did not handle.
        place: Folder in which `stdout` and `stderr` are.
    """

    def __init__(self, pid: int, ended: Callable[[], int | None], place: Path) -> None:
        self.pid, self.place, self._ended = pid, place, ended

    def ended(self) -> int | None:
        """Return the exit code as a shell has it, 128 and the signal for one killed; `None` while it runs."""
        code = self._ended()
        return 128 - code if code is not None and code < 0 else code

    def wait(self, seconds: float = 600.0) -> int:
        """Return the exit code, or kill what has not ended after `seconds` and return 137."""
        until = time.monotonic() + seconds
        while (code := self.ended()) is None:
            if time.monotonic() > until:
                self.send(signal.SIGKILL)
            time.sleep(0.002)
        return code

    def send(self, number: int) -> None:
        """Send a signal, if there still is somebody to get it."""
        if self.ended() is None:
            os.kill(self.pid, number)

    def listens(self) -> bool:
        """Return whether it has taken over SIGTERM; before that Python is starting, and ends in ways of its own."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:  # it has ended, or the system does not tell
            return True
        caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    def queued(self) -> float:
        """Return for how many seconds it has waited for a busy processor; 0 where the system does not tell."""
        try:
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9
        except (OSError, IndexError):
            return 0.0

    def said(self) -> str:
        """Return standard output so far."""
        return (self.place / "stdout").read_text()

    def errors(self) -> str:
        """Return standard error so far."""
        return (self.place / "stderr").read_text().strip()


def start_cold(place: Path, arguments: Sequence[str], within: Sequence[str] = (), **environment: str) -> Run:
    """Start the command as it is typed.

    Args:
        place: Folder for what it says.
        arguments: Of the command.
        within: Another command that starts this one.
        environment: Added to this process's own.
    """
    with _opened(place, "stdout") as out, _opened(place, "stderr") as err:
        process = subprocess.Popen(
            [*within, sys.executable, str(SOURCES / "train.py"), *arguments],
            stdout=out,
            stderr=err,
            env={**os.environ, **environment},
            # A shell starts its background jobs deaf to Ctrl-C, and their children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    return Run(process.pid, process.poll, place)


def start_warm(
    place: Path,
    arguments: Sequence[str],
    prepare: Prepare | None = None,
    script: str = "train.py",
    cwd: Path | None = None,
    **environment: str,
) -> Run:
    """Start a command in a fork of a process that has loaded the libraries.

    Args:
        place: Folder for what it says.
        arguments: Of the command.
        prepare: Called in the process before the command, to have it watched, say.
        script: The command's, in `src/`.
        cwd: Where it is typed; here by default.
        environment: Added to this process's own.
    """
    for name in ("stdout", "stderr"):
        _opened(place, name).close()  # for those who read it at once
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    own, before = dict(os.environ), os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # the server looks for what it loads nowhere else
    try:
        typed = [str(SOURCES / script), *arguments]
        process = context.Process(
            target=_be_the_command, args=(place.absolute(), typed, prepare, cwd or Path.cwd(), own | environment)
        )
        process.start()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    assert process.pid is not None
    return Run(process.pid, lambda: process.exitcode, place)


def _be_the_command(
    place: Path, typed: Sequence[str], prepare: Prepare | None, cwd: Path, env: Mapping[str, str]
) -> None:
    os.chdir(cwd)
    for name, handle in (("stdout", 1), ("stderr", 2)):
        with _opened(place, name) as file:
            os.dup2(file.fileno(), handle)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):  # `nohup` makes us deaf to the second
        signal.signal(number, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(env)
    sys.path[:0] = filter(None, env.get("PYTHONPATH", "").split(os.pathsep))
    tempfile.tempdir = None  # TMPDIR is read anew
    sys.argv[:] = typed
    if prepare is not None:
        prepare()
    from digitlab.cli.command import command

    command(Path(typed[0]).stem)()


def _opened(place: Path, name: str) -> TextIO:
    place.mkdir(parents=True, exist_ok=True)
    return (place / name).open("w")
