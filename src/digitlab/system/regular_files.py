"""Open files for reading that anybody may have put there: regular ones only, and no more bytes than are asked for.

A name may stand for a pipe that nobody writes to, a device without end or a folder. Whoever asks what it is first and
opens it afterwards asks about one file and opens another, so it is opened once, without waiting, and looked at then.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

HOW = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading bytes; never waits for a writer, as a pipe would.

    Raises:
        OSError: With the name of the file, if it cannot be read or is a folder, a pipe, a device or a socket.
    """
    handle = os.open(path, HOW)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(handle, "rb")


def read_regular(path: Path, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes.

    Raises:
        OSError: As above, or if it is larger, whatever its size was said to be.
    """
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EINVAL, f"larger than {most:,} bytes", str(path))
    return content
