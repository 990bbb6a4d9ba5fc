"""Output that nobody reads: the work continues, and whatever it starts can write too."""

import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from digitlab.paths import PROJECT_ROOT
from digitlab.system import output


@pytest.fixture(params=["pipe", "terminal"])
def unread(request: pytest.FixtureRequest) -> Any:
    """A stream into a pipe or a terminal that has just been closed at its other end."""
    reader, writer = os.pipe() if request.param == "pipe" else os.openpty()
    with os.fdopen(writer, "w") as stream:
        surviving = output._surviving(stream)
        os.close(reader)
        yield surviving


def test_lines_that_nobody_reads_are_left(unread: io.TextIOWrapper) -> None:
    for _ in range(3):
        print("a line", file=unread)
    unread.write("x" * 100_000)
    unread.flush()


def test_every_thread_and_every_child_goes_on(unread: io.TextIOWrapper) -> None:
    thread = threading.Thread(target=print, args=("a line",), kwargs={"file": unread})
    thread.start()
    thread.join()
    done = subprocess.run([sys.executable, "-c", "print('a line', flush=True)"], stdout=unread.fileno())
    assert done.returncode == 0


def test_a_full_disk_is_said_once() -> None:
    with open("/dev/full", "w") as full:
        surviving = output._surviving(full)
        with pytest.raises(OSError, match="No space left on device: 'the output'"):
            print("a line", file=surviving)
        print("another", file=surviving, flush=True)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_what_is_closed_from_the_start(closed: str, tmp_path: Path) -> None:
    program = (
        "from digitlab.system.output import survive_unread_output; survive_unread_output()\n"
        "import subprocess, sys\n"
        f"file = open({str(tmp_path / 'file')!r}, 'w')\n"
        "print('a line', flush=True), print('a line', file=sys.stderr, flush=True), sys.stdout.isatty()\n"
        "subprocess.run([sys.executable, '-c', 'print(1, flush=True)'], check=True)\n"
        "sys.exit(0 if file.fileno() > 2 else 'it has taken the place of a standard stream')"
    )
    command = ["bash", "-c", f'"$0" -c "$1" {closed}', sys.executable, program]
    assert subprocess.run(command, cwd=PROJECT_ROOT / "src").returncode == 0
    assert (tmp_path / "file").read_text() == ""


def test_a_reader_who_has_read_enough() -> None:
    program = (
        "from digitlab.system.output import survive_unread_output; survive_unread_output()\n"
        "import sys\n"
        "for number in range(100_000): print(number)\n"
        "print('done', file=sys.stderr)"
    )
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | head -2; exit ${PIPESTATUS[0]}', sys.executable, program],
        cwd=PROJECT_ROOT / "src", capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n1\n", "done\n")
