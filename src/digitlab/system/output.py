"""Standard output and error: that nobody reads any more, no reason to stop working; or that several jobs share.

`python src/train.py | head -6` closes the pipe after six lines, and whoever closes a terminal leaves programs in it
that write to nothing. Either way a write fails, in whatever thread it is done.
"""

import atexit
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


class _LabelledLines(_Output):
    """An output that several processes share: each writes whole lines only, behind its label."""

    def __init__(self, descriptor: int, label: bytes) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._label, self._begun = label, b""

    def write(self, content: Any) -> int:
        """Write the lines that are complete, each at once, and keep the one that is not."""
        *lines, self._begun = (self._begun + bytes(content)).split(b"\n")
        for line in lines:
            super().write(self._label + line + b"\n")
        return len(content)

    def close(self) -> None:
        """Write what was begun as a line."""
        if self._begun and not self.closed:
            self.write(b"\n")
        super().close()

    def isatty(self) -> bool:
        """Return `False`: a bar that is redrawn in place has no place among the lines of others."""
        return False


def label_output(label: str) -> None:
    """Begin each line that this process writes with a label, for other processes write to the same place."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None:
            labelled = _text(_LabelledLines(stream.fileno(), label.encode()), stream)
            setattr(sys, name, labelled)
            atexit.register(labelled.close)


def survive_unread_output() -> None:
    """Continue when a reader of standard output or standard error is gone."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and stream is getattr(sys, f"__{name}__"):
            setattr(sys, name, _surviving(stream))


def _surviving(stream: TextIO) -> TextIO:
    """Return a stream to the same place that survives."""
    return _text(_Output(stream.fileno(), "w", closefd=False), stream)


def _text(output: _Output, stream: TextIO) -> TextIO:
    """Return a stream that writes to `output` as `stream` did, line by line."""
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(output), encoding=stream.encoding, errors=stream.errors, line_buffering=True
    )
