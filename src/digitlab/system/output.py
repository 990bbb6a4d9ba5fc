"""Standard output and error: that nobody reads any more, no reason to stop working; or that several jobs share.

`python src/train.py | head -6` closes the pipe after six lines, whoever closes a terminal leaves programs in it that
write to nothing, and `>&-` leaves nothing to write to. Either way a write fails, in whatever thread it is done.
"""

import atexit
import contextlib
import errno
import io
import os
import sys
from typing import Any, TextIO

UNREAD = (errno.EPIPE, errno.EIO)  # a closed pipe, a closed terminal
NAMES = {"stdout": (1, "standard output"), "stderr": (2, "standard error")}  # descriptors, and what people call them

_lost: list[OSError] = []  # why something that was to be read could not be written


class _Output(io.FileIO):
    """A file that becomes the null device when nobody can read it, for this process and all that it starts."""

    def write(self, content: Any) -> int:
        """Write, or leave it.

        Raises:
            OSError: Once, if it cannot be written for another reason than that nobody reads: the disk is full.
        """
        try:
            return super().write(content)
        except OSError as error:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            if error.errno not in UNREAD:
                called = dict(NAMES.values()).get(self.fileno(), "the output")
                _lost.append(OSError(error.errno, error.strerror, called))
                raise _lost[-1] from None
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
            stream.flush()
            labelled = _text(_LabelledLines(stream.fileno(), label.encode()), stream.encoding, stream.errors)
            setattr(sys, name, labelled)
            atexit.register(labelled.close)


def say_last(message: str, prefix: str = "") -> None:
    """Print why a command ends, its name before each line, on standard error if anything can be written there."""
    with contextlib.suppress(OSError):
        print(*(f"digitlab: {prefix}{line}" for line in message.split("\n")), sep="\n", file=sys.stderr, flush=True)


def raise_if_lost() -> None:
    """Raise what has kept something from being written, though whoever wrote it has passed over that.

    Raises:
        OSError: With the name of the stream.
    """
    if _lost:
        raise _lost[0]


def survive_unread_output() -> None:
    """Continue when a reader of standard output or standard error is gone, or there is none from the start."""
    _lost.clear()
    _open_what_is_closed()
    for name, (descriptor, _) in NAMES.items():
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _text(_Output(descriptor, "w", closefd=False), "utf-8", "backslashreplace"))
        elif stream is getattr(sys, f"__{name}__"):
            setattr(sys, name, _surviving(stream))


def _open_what_is_closed() -> None:
    """Let the null device stand for standard streams that are closed, before a file of ours gets their number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _surviving(stream: TextIO) -> TextIO:
    """Return a stream to the same place that survives."""
    stream.flush()
    return _text(_Output(stream.fileno(), "w", closefd=False), stream.encoding, stream.errors)


def _text(output: _Output, encoding: str, errors: str | None) -> TextIO:
    """Return a stream that writes to `output` line by line."""
    return io.TextIOWrapper(io.BufferedWriter(output), encoding=encoding, errors=errors, line_buffering=True)
