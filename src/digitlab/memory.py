"""How the C library of Linux hands out memory: what a step has freed is kept for the next."""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt, in glibc's malloc.h
LARGEST_MMAP_THRESHOLD = 32 * 2**20  # bytes, the most that glibc takes
NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Let malloc reuse freed blocks of up to 32 MB, and return whether it can be told to.

    Left alone it gives an activation of a few megabytes back to the system and asks for it anew in the next step; the
    system clears each of its pages again. Of an epoch that takes a tenth for the CNN and for `experiment=fast`, and a
    fifth for the DigitClassifier.

    References:
        mallopt(3) of the Linux manual.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt is None:
        return False
    return bool(mallopt(MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD) and mallopt(TRIM_THRESHOLD, NEVER))
