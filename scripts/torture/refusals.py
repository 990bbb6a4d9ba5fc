"""Type what cannot work, as people type it: refused in time, in few words that help, and nothing is made."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from digitlab.paths import PROJECT_ROOT
from support.bad_files import prepare
from support.bad_inputs import TABLE, Bad
from support.sample_runs import command
from torture.counts import Count

SECONDS = 2.0  # of a processor; on a quiet machine also by the clock
BEYOND = 1.5  # seconds of a processor beyond the imports, where only the library can tell
QUICK = 120  # lines at least that are refused without it
LINES = 3


def refusals(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Type every line of the table, once whatever `rounds`, and look at what comes of it."""
    place = root / "place"
    prepare(place)
    well = Count("bad inputs, refused well")
    fast = Count(f"bad inputs, refused within {SECONDS:g} s of a processor, or {BEYOND:g} s beyond the imports")
    imports = _import_seconds()
    longest = slowest = 0.0
    quick = 0
    for line in TABLE:
        done, seconds, clock = typed(line, root)
        longest, slowest = max(longest, seconds), max(slowest, clock)
        label = " ".join(line.typed).encode("ascii", "backslashreplace").decode()[:120]
        fault = faults(line, done, place)
        well.add(f"{label}: {fault}" if fault else None)
        quick += seconds < SECONDS
        fast.add(f"{label}: {seconds:.1f} s" if seconds >= max(SECONDS, imports + BEYOND) else None)
    fast.add(f"only {quick} lines were refused within {SECONDS:g} s" if quick < QUICK else None)
    fast.note = f"{quick} within {SECONDS:g} s; the imports take {imports:.1f} s, the longest line {longest:.1f} s"
    print(f"  the longest took {slowest:.2f} s by the clock", flush=True)
    return [well, fast]


def _import_seconds() -> float:
    """Return the seconds of a processor that it takes to load the libraries, the median of three times."""
    taken = []
    for _ in range(3):
        used = os.times()
        subprocess.run([sys.executable, "-c", "import digitlab.tasks.train"], check=True, env=_with_sources())
        now = os.times()
        taken.append(now.children_user + now.children_system - used.children_user - used.children_system)
    return sorted(taken)[1]


def _with_sources() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT_ROOT / "src")}


def typed(line: Bad, root: Path) -> tuple[subprocess.CompletedProcess[str], float, float]:
    """Type a line, in an empty folder; return what happened, the processor's seconds and the clock's."""
    place, here = root / "place", root / "here"
    here.mkdir(exist_ok=True)
    arguments = [argument.replace("PLACE", str(place)) for argument in line.typed]
    if not any(argument.startswith("paths.output_root=") for argument in arguments):
        arguments.append(f"paths.output_root={root / 'runs'}")
    environment = {name: value for name, value in {**os.environ, **line.environment}.items() if value is not None}
    before, started, used = names(root), time.monotonic(), os.times()
    done = subprocess.run(
        [os.fsencode(word) for word in command(*arguments)],
        cwd=here, env=environment, capture_output=True, text=True, errors="backslashreplace", timeout=300,
    )  # fmt: skip
    clock, now = time.monotonic() - started, os.times()
    seconds = now.children_user + now.children_system - used.children_user - used.children_system
    for made in sorted(names(root) - before):
        done.stderr += f"\nmade: {made}"
    return done, seconds, clock


def names(root: Path) -> set[str]:
    """Return what there is below a folder."""
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def faults(line: Bad, done: "subprocess.CompletedProcess[str]", place: Path) -> str:
    """Return what is wrong with a refusal, or nothing."""
    text, made = (done.stdout + done.stderr).replace(str(place), "PLACE").partition("\nmade: ")[::2]
    found = [] if done.returncode == 2 else [f"exit code {done.returncode}"]
    found += [] if len(text.splitlines()) <= LINES else [f"{len(text.splitlines())} lines"]
    found += [f"does not say {words!r}" for words in line.said if words not in text]
    found += [f"made {made}"] if made else []
    return f"{'; '.join(found)}: {text[:300]}" if found else ""
