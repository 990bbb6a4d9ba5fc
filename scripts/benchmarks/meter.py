"""How much memory a process and those that it starts have, as Linux's /proc tells.

What the imports take differs by a hundred megabytes from process to process, with what the kernel has in large pages
and in its cache. So it is read in the measured process itself, when that has imported everything.
"""

import os
import sys
from pathlib import Path

MEGABYTE = 1e6  # bytes
PROC = Path("/proc")


class Meter:
    """Looks at a process while it runs; hand it to `processes.run` as `watch`.

    Args:
        family: Whether to look at all its children too, which takes a millisecond or two each time.

    Attributes:
        peak: Most resident memory that the process itself has had, in bytes; kept by the system, so nothing between two
            looks is missed but for the last moments.
        family_peak: Most memory that it and its children were seen to have together, in bytes; a page that several
            share counts once.
    """

    def __init__(self, family: bool = False) -> None:
        if not (PROC / "self" / "smaps_rollup").exists():
            sys.exit("benchmark: memory is measured by Linux's /proc/<process>/smaps_rollup, and this system has none")
        self.family = family
        self.peak = self.family_peak = 0

    def __call__(self, pid: int) -> None:
        """Look."""
        self.peak = max(self.peak, _field(pid, "status", "VmHWM"))
        if self.family:
            together = sum(_field(member, "smaps_rollup", "Pss") for member in family_of(pid))
            self.family_peak = max(self.family_peak, together)


def family_of(pid: int) -> list[int]:
    """Return the process and all its living children, and theirs."""
    parents = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:  # it has ended
                continue
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])  # the name may have brackets
    members = [pid]
    for member in members:
        members += [child for child, parent in parents.items() if parent == member and child != os.getpid()]
    return members


def _field(pid: int, name: str, key: str) -> int:
    """Return a field of a file of a process in bytes, 0 when it has ended."""
    try:
        lines = (PROC / str(pid) / name).read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{key}:")), 0)


def memory_now() -> dict[str, int]:
    """Return what this process has at this moment, in bytes: `resident`, and `share` of what several have together.

    Both are 0 where there is no such /proc.
    """
    return {"resident": _field(os.getpid(), "status", "VmRSS"), "share": _field(os.getpid(), "smaps_rollup", "Pss")}
