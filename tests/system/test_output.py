"""Output that nobody reads: the work continues, and whatever it starts can write too."""

import io
import os
import subprocess
import sys
import threading
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


def test_a_full_disk_is_still_said() -> None:
    with open("/dev/full", "w") as full, pytest.raises(OSError, match="No space left"):
        print("a line", file=output._surviving(full))


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
