"""Use files that strangers have prepared: no code of theirs runs, nothing is written elsewhere, and nothing hangs.

Five kinds: code (traps that would leave a trace), links that lead out, pipes and devices, small files that ask for any
memory or time, and well-formed checkpoints with odd contents. Each is met by the commands that read such files; what
reading it takes is measured in a process that has loaded all libraries before.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.measure import measured, read_run
from support.sample_runs import command, make_run
from torture.counts import Count
from torture.hostile_code import TRAPS
from torture.hostile_contents import CONTENTS
from torture.hostile_links import KINDS, LINKS, Case
from torture.hostile_sizes import SIZES

MOST_MEGABYTES, MOST_SECONDS = 300, 2.0  # beyond the imports, until a small file is refused
HANG = 60.0  # seconds for a whole command, beside whatever else the machine does
SHORT = "trainer.max_epochs=1"


def arguments_for(script: str, run: Path) -> list[str]:
    """Return how a person would use the run directory with a command."""
    return [f"checkpoint={run}/checkpoints/last.ckpt" if script == "eval.py" else f"resume={run}"]


def hostile(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Meet every case with every command that reads such files; once, whatever `rounds`."""
    sample = make_run(root / "sample", SHORT)
    return [
        *_code(root / "code", sample),
        *_meet("links that lead out: refused, nothing written", LINKS, root / "links", sample),
        *_meet("pipes, devices, folders: no hang", KINDS, root / "kinds", sample, refused=False),
        *_meet("small files that ask for much", SIZES, root / "sizes", sample, refused=False),
        *_meet("checkpoints with odd contents", CONTENTS, root / "contents", sample),
    ]


def _code(root: Path, sample: Path) -> list[Count]:
    quiet, sharp = Count("hostile files, no code ran and one line said why"), Count("the traps are sharp")
    for number, trap in enumerate(TRAPS):
        run, trace = root / str(number), root / f"trace-{number}"
        shutil.copytree(sample, run)
        trap.arm(run, trace)
        for script in trap.scripts:
            fault = _use(script, run, refused=True, PYTHONPATH=str(run))
            quiet.add(fault and f"{trap.label}, {script}: {fault}")
            if trace.exists():
                quiet.add(f"{trap.label}, {script}: its code ran")
            trace.unlink(missing_ok=True)
        trap.spring(run)
        sharp.add(None if trace.exists() else f"{trap.label} does nothing when it is sprung")
    return [quiet, sharp]


def _meet(name: str, cases: Sequence[Case], root: Path, sample: Path, *, refused: bool = True) -> list[Count]:
    """Prepare each case, resume the run, see what is elsewhere, and measure what reading it takes."""
    used, read = Count(name), Count(f"{name}, read: at most {MOST_MEGABYTES} MB and {MOST_SECONDS:g} s")
    peak = seconds = 0.0
    for number, case in enumerate(cases):
        run, outside = root / str(number), root / f"outside-{number}"
        shutil.copytree(sample, run)
        outside.mkdir()
        case.arm(run, outside)
        before = tree(outside)
        taken = measured(lambda run=run: read_run(run), HANG)  # type: ignore[misc]
        peak, seconds = max(peak, taken.megabytes), max(seconds, taken.seconds)
        well = taken.megabytes <= MOST_MEGABYTES and taken.seconds <= MOST_SECONDS and taken.kind in ENDS
        read.add(None if well else f"{case.label}: {taken.megabytes:.0f} MB, {taken.seconds:.1f} s, {taken.said}")
        fault = _use("train.py", run, refused=refused)
        if tree(outside) != before:
            fault = "a file elsewhere was changed"
        used.add(fault and f"{case.label}: {fault}")
        shutil.rmtree(run)
    read.note = f"at most {peak:.0f} MB beyond the imports, {seconds:.1f} s of a processor"
    return [used, read]


ENDS = ("read", "UserError", "OSError")


def _use(script: str, run: Path, *, refused: bool, **environment: str) -> str | None:
    """Use a run directory with a command, and return what is wrong with how that ended.

    Args:
        script: The command.
        run: The run directory.
        refused: Whether it must be refused; otherwise it may also be resumed, past what is not believed.
        **environment: For the command.
    """
    typed = command(script, *arguments_for(script, run), f"paths.output_root={run.parent / 'runs'}", "test=false")
    try:
        done = subprocess.run(
            typed[:-1] if script == "eval.py" else typed, cwd=run, env={**os.environ, **environment},
            capture_output=True, text=True, timeout=HANG, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"it hangs, or takes more than {HANG:g} s"
    if done.returncode == 2:
        return None if len((done.stdout + done.stderr).splitlines()) <= 3 else f"more than a line: {done.stderr}"
    if done.returncode == 0 and not refused:
        return None
    return f"exit code {done.returncode}, {done.stderr.strip()[-500:]}"


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return all that lies below a folder, with the content of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in folder.rglob("*")
    }
