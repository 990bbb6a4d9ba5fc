"""How much memory a process and those that it starts have, as Linux's /proc tells."""

import os
import sys
from pathlib import Path

from benchmarks.processes import run

MEGABYTE = 1e6  # bytes
OUR_IMPORTS = "import digitlab.tasks.train, benchmarks.clock, torch.utils.tensorboard"
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


def imports_alone(imports: str) -> Meter:
    """Return a meter that has seen a process which imports and does no more."""
    meter = Meter(family=True)
    run([sys.executable, "-c", f"{imports}; import time; time.sleep(0.3)"], watch=meter)
    return meter
