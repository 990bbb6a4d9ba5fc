"""How the C library of Linux hands out memory: what a step has freed is kept for the next, and lies in large pages."""

import ctypes
import mmap
import sys

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3  # of mallopt, in glibc's malloc.h
DEFAULT_TOP_PAD = 128 * 2**10  # bytes, glibc's
LARGEST_MMAP_THRESHOLD = 32 * 2**20  # bytes, the most that glibc takes
NEVER = 2**31 - 1
LARGE_PAGE = 2 * 2**20  # bytes, on x86-64; a place to start that suits smaller ones too
IN_LARGE_PAGES = 256 * 2**20  # bytes, more than a step of the lesson's networks holds; untouched they are free


def keep_freed_memory() -> bool:
    """Let malloc reuse freed blocks of up to 32 MB and take them from large pages; return whether it can be told to.

    Left alone it gives an activation of a few megabytes back to the system and asks for it anew in the next step; the
    system clears each of its pages again. Of an epoch that takes a tenth for the CNN and for `experiment=fast`, and a
    fifth for the DigitClassifier. Pages of 2 MB instead of 4 KB, where the system lends them to who asks, save the CNN
    another twentieth of looking up where they are.

    References:
        mallopt(3), sbrk(2) and madvise(2) of the Linux manual.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    if getattr(libc, "mallopt", None) is None:  # other C libraries have none
        return False
    kept = bool(libc.mallopt(MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD) and libc.mallopt(TRIM_THRESHOLD, NEVER))
    if kept and libc.mallopt(TOP_PAD, IN_LARGE_PAGES):
        _ask_for_large_pages(libc)
        libc.mallopt(TOP_PAD, DEFAULT_TOP_PAD)
    return kept


def _ask_for_large_pages(libc: ctypes.CDLL) -> None:
    """Have the heap grow by its padding, and ask for large pages where nothing has been touched yet."""
    libc.sbrk.restype = libc.malloc.restype = ctypes.c_void_p
    libc.sbrk.argtypes = (ctypes.c_ssize_t,)
    libc.malloc.argtypes = (ctypes.c_size_t,)
    libc.free.argtypes = (ctypes.c_void_p,)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    start = libc.sbrk(0)
    libc.free(libc.malloc(LARGEST_MMAP_THRESHOLD // 2))
    end = libc.sbrk(0)
    start, end = -(-start // LARGE_PAGE) * LARGE_PAGE, end // LARGE_PAGE * LARGE_PAGE
    if start < end:
        libc.madvise(start, end - start, mmap.MADV_HUGEPAGE)  # advice: to refuse it harms nothing
