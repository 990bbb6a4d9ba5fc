"""What it takes to read something: peak memory and time, measured in a process of its own."""

import json
import os
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Measured(NamedTuple):
    """What reading took.

    Attributes:
        megabytes: Peak memory beyond what the process had before; 0 where the system does not tell.
        seconds: Of a processor.
        said: What came of it: "read", or the refusal; of anything else the traceback.
        kind: "read", the name of the refusal's class, or "hang".
    """

    megabytes: float
    seconds: float
    said: str
    kind: str


def measured(read: Callable[[], object], most_seconds: float = 30.0) -> Measured:
    """Return what `read` takes in a child of this process, which is killed after so many seconds."""
    receiver, sender = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads; this one only reads
        child = os.fork()
    if child == 0:
        os.write(sender, json.dumps(_measure(read)).encode()[:60_000])
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, "rb") as pipe:
        heard = pipe.read() if select.select([pipe], [], [], most_seconds)[0] else b""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Measured(*json.loads(heard)) if heard else Measured(0, most_seconds, "nothing", "hang")


def _measure(read: Callable[[], object]) -> tuple[float, float, str, str]:
    _reset_peak()
    before, started = _memory("VmRSS"), time.process_time()
    kind = "read"
    try:
        said = str(read())
    except (ValueError, OSError) as refusal:
        kind, said = type(refusal).__name__, str(refusal)
    except BaseException as fault:
        kind, said = type(fault).__name__, traceback.format_exc()
    return max(0, _memory("VmHWM") - before) / 1024, time.process_time() - started, said, kind


def _reset_peak() -> None:
    if Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")


def _memory(name: str) -> int:
    """Return a figure of this process in kilobytes."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def read_run(run: Path) -> list[str]:
    """Read a run directory as `resume=` and `sweep=` do, all of it, and return what was not believed.

    Raises:
        UserError: If it is refused.
    """
    from digitlab.checkpoints.reading import read_checkpoint, restore_module
    from digitlab.checkpoints.restoring import check_restorable
    from digitlab.checkpoints.resumable import read_resumable
    from digitlab.runs.config_file import read_config
    from digitlab.runs.directories import LAST, RESULT, find_checkpoints, read_result
    from digitlab.runs.sweep_state import SWEEP_STATE, read_sweep_state
    from digitlab.system.atomic_files import check_no_links

    ignored = [name for name, read in ((RESULT, read_result), (SWEEP_STATE, read_sweep_state)) if read(run) is None]
    read_config(run)
    (path, *_) = find_checkpoints("resume", str(run), run, names=(LAST,))
    check_restorable(read_resumable(path), path)
    restore_module(read_checkpoint(path), path)
    check_no_links(run)
    return ignored
