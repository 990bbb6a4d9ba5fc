"""Open what is a file and nothing else that may bear its name."""

import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read. A pipe would wait for a writer, a device could go on without an end.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is a folder, a pipe, a device or a socket; worded to follow the name.
    """
    _check(os.stat(path))
    # Without waiting: what was a file a moment ago may have become a pipe.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check(os.fstat(descriptor))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("is a folder, not a file" if stat.S_ISDIR(status.st_mode) else "is not a regular file")
