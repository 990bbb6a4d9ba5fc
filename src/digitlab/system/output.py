"""Standard output and error that nobody reads any more: no reason to stop working.

`python src/train.py | head -6` closes the pipe after six lines, and whoever closes a terminal leaves programs in it
that write to nothing. Either way a write fails, in whatever thread it is done.
"""

import errno
import io
import os
import sys
from typing import Any, TextIO

UNREAD = (errno.EPIPE, errno.EIO)  # a closed pipe, a closed terminal


class _Output(io.FileIO):
    """A file that becomes the null device when nobody reads it, for this process and all that it starts."""

    def write(self, content: Any) -> int:
        """Write, or leave it."""
        try:
            return super().write(content)
        except OSError as error:
            if error.errno not in UNREAD:
                raise
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            return len(memoryview(content).cast("B"))


def survive_unread_output() -> None:
    """Go on when a reader of standard output or standard error is gone."""
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        sys.stdout = _surviving(sys.stdout)
    if sys.stderr is sys.__stderr__ and sys.stderr is not None:
        sys.stderr = _surviving(sys.stderr)


def _surviving(stream: TextIO) -> TextIO:
    """Return a stream to the same place that survives."""
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,
    )
