"""The cores of this machine, and how they are shared out among processes that compute at the same time."""

import os
import sys

THREADS = "OMP_NUM_THREADS"  # where a person says how many; torch reads it when it is loaded


def usable_cores() -> int:
    """Return how many cores this process may use; some systems only know how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_threads(processes: int) -> None:
    """Compute with this process's share of the threads, unless a person has said how many; before torch computes.

    Args:
        processes: That compute at the same time.
    """
    if THREADS in os.environ:
        return
    threads = max(1, usable_cores() // processes)
    os.environ[THREADS] = str(threads)
    if "torch" in sys.modules:  # a forked process has it loaded already
        sys.modules["torch"].set_num_threads(threads)
