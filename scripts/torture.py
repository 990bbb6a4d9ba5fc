"""Break runs for real, with processes and signals, and count what was lost: nothing may be.

    python scripts/torture.py                 every kind of harm, a few rounds each; some minutes
    python scripts/torture.py kills --rounds 50
    python scripts/torture.py positions signals flips --rounds 20

positions  cut a run at every checkpoint of several kinds of runs; the rest must end in the same bits
kills      kill -9 at random moments, with TMPDIR on another file system where there is one, resume until done
signals    SIGTERM and SIGINT at random moments: exit code, time to the end, the same bits after resuming
flips      change a bit of a checkpoint or cut it short: noticed, or nothing that counts has changed

All runs are small, on the bundled digits. Exit code 1 if anything was lost.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

SETTINGS = (
    "data=digits", "model=mlp", "model.hidden_sizes=[16]", "trainer.max_epochs=12",
    "callbacks.early_stopping.patience=100", "logger=csv", "checkpoint_every.steps=7", "verbose=false",
    "trainer.accelerator=cpu",
)  # fmt: skip
KINDS = {
    "plain": ("scheduler=none",),
    "plateau": ("scheduler=plateau", "scheduler.patience=0", "optimizer.lr=0.1"),
    "one-cycle": ("scheduler=onecycle",),
    "early stopping": ("callbacks.early_stopping.patience=2", "callbacks.early_stopping.min_delta=100"),
    "accumulation": ("trainer.accumulate_grad_batches=3",),
    "momentum": ("optimizer=sgd", "optimizer.lr=0.05", "optimizer.momentum=0.9", "optimizer.nesterov=true"),
}
SECONDS_TO_END = 5.0  # after a signal


class Count:
    """How often something was tried, and what went wrong."""

    def __init__(self, name: str) -> None:
        self.name, self.tried, self.faults = name, 0, list[str]()

    def add(self, fault: str | None) -> None:
        """Count one try; a fault is shown at once."""
        self.tried += 1
        if fault:
            self.faults.append(fault)
            print(f"  {self.name}: {fault}", flush=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.tried} tried, {len(self.faults)} faults"


def main() -> int:
    """Do the harm that was asked for and return the exit code."""
    kinds: dict[str, Callable[[int, Path, random.Random], list[Count]]] = {
        "positions": positions, "kills": kills, "signals": signals, "flips": flips,
    }  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("harms", nargs="*", help=", ".join(kinds) + "; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="of each (3)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and places (0)")
    arguments = parser.parse_args()
    unknown = [harm for harm in arguments.harms if harm not in kinds]
    if unknown or arguments.rounds < 1:
        parser.error(f"harms are {', '.join(kinds)}; --rounds is at least 1")
    os.environ["OMP_NUM_THREADS"] = "1"
    counts: list[Count] = []
    with tempfile.TemporaryDirectory() as folder:
        for harm in arguments.harms or kinds:
            started = time.monotonic()
            found = kinds[harm](arguments.rounds, Path(folder) / harm, random.Random(arguments.seed))
            counts += found
            print(*found, f"({time.monotonic() - started:.0f} s)", sep="; ", flush=True)
    return 1 if any(count.faults for count in counts) else 0


def command(*arguments: str) -> list[str]:
    """Return a training command."""
    return [sys.executable, str(ROOT / "src" / "train.py"), *arguments]


def start(root: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """Start a run whose directory will be below `root`."""
    return subprocess.Popen(
        command(*SETTINGS, f"paths.output_root={root}"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
        # A shell starts its background jobs deaf to Ctrl-C, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def finish(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a training command to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=600)


def only_run(root: Path) -> Path | None:
    """Return the run directory below `root`, if there is one yet."""
    runs = list((root / "train").glob("*")) if (root / "train").is_dir() else []
    return runs[0] if runs else None


def state_of(run: Path) -> dict[str, Any]:
    """Return what must be equal to the bit."""
    from digitlab.runs.checkpoint import read_checkpoint

    content = read_checkpoint(run / "checkpoints" / "last.ckpt")
    return {name: content[name] for name in ("state_dict", "optimizer_states", "global_step", "metrics")}


def whole_run(root: Path, *settings: str) -> dict[str, Any]:
    """Return the state in which an undisturbed run ends."""
    done = finish(*SETTINGS, *settings, f"paths.output_root={root}")
    run = only_run(root)
    if done.returncode or run is None:
        sys.exit(f"a run that nobody disturbed failed:\n{done.stderr}")
    return state_of(run)


def positions(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Resume every kind of run from `rounds` of its checkpoints, within this process, where starting costs nothing."""
    from torture_positions import cut_everywhere, equal

    counts = []
    for kind, options in KINDS.items():
        count = Count(f"positions, {kind}")
        for position, ended, expected in cut_everywhere((*SETTINGS, *options), root / kind, rounds, rng):
            count.add(None if equal(ended, expected) else f"{position} ended in other bits")
        counts.append(count)
    return counts


def kills(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Kill a run again and again, resume it each time, and compare the end."""
    loadable, same = Count("kill -9, a checkpoint that loads"), Count("kill -9, the same bits at the end")
    expected = whole_run(root / "whole")
    for number in range(rounds):
        place = root / str(number)
        run = start(place, TMPDIR="/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir())
        wait_for_checkpoint(run, place)
        time.sleep(rng.uniform(0, 2))
        run.kill()
        run.wait()
        loadable.add(None if _loads(place) else f"round {number}: nothing can be resumed")
        same.add(resume_and_compare(place, expected, number))
    return [loadable, same]


def signals(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Ask a run to stop at a random moment; half with SIGTERM, half with SIGINT."""
    counts = []
    expected = whole_run(root / "whole")
    for sent, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        ends, same = Count(f"{sent.name}, exit code and {SECONDS_TO_END:g} s"), Count(f"{sent.name}, the same bits")
        for number in range(rounds):
            place = root / sent.name / str(number)
            run = start(place)
            wait_for_checkpoint(run, place)
            time.sleep(rng.uniform(0, 2))
            started = time.monotonic()
            run.send_signal(sent)
            returned = run.wait(60)
            seconds = time.monotonic() - started
            well = (returned == code and seconds < SECONDS_TO_END) or returned == 0  # it may have been done
            ends.add(None if well else f"round {number}: exit code {returned} after {seconds:.1f} s")
            same.add(resume_and_compare(place, expected, number))
        counts += [ends, same]
    return counts


def wait_for_checkpoint(run: "subprocess.Popen[bytes]", root: Path) -> None:
    """Wait until a run has something to lose."""
    while run.poll() is None:
        directory = only_run(root)
        if directory is not None and (directory / "checkpoints" / "last.ckpt").exists():
            return
        time.sleep(0.005)


def _loads(root: Path) -> bool:
    from digitlab.errors import UserError
    from digitlab.runs.checkpoint import read_first_sound
    from digitlab.runs.directories import LAST, find_checkpoints

    try:
        return bool(read_first_sound(find_checkpoints("resume", str(only_run(root)), root, names=(LAST,))))
    except UserError:
        return False


def resume_and_compare(root: Path, expected: dict[str, Any], number: int) -> str | None:
    """Resume the run below `root` to its end and return what differs, or `None`."""
    from torture_positions import equal

    done = finish(f"resume={only_run(root)}")
    if done.returncode:
        return f"round {number}: resuming failed: {done.stderr.strip()}"
    run = only_run(root)
    return None if run is not None and equal(state_of(run), expected) else f"round {number}: other bits at the end"


def flips(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Damage a checkpoint, one bit or a cut at a time."""
    from digitlab.errors import UserError
    from digitlab.runs.checkpoint import read_checkpoint
    from torture_positions import equal

    expected = whole_run(root)
    run = only_run(root)
    assert run is not None
    sound = (run / "checkpoints" / "last.ckpt").read_bytes()
    damaged_file = root / "damaged.ckpt"
    count, harmless = Count("bit flips and cuts"), 0
    for number in range(rounds * 50):
        content = bytearray(sound)
        place = rng.randrange(len(content))
        if number % 4 == 0:
            del content[place:]
        else:
            content[place] ^= 1 << rng.randrange(8)
        damaged_file.write_bytes(content)
        try:
            loaded = read_checkpoint(damaged_file)
        except UserError:
            count.add(None)
            continue
        unchanged = equal({name: loaded[name] for name in expected}, expected)
        harmless += unchanged
        count.add(None if unchanged else f"byte {place} was changed and not noticed")
    print(f"  {harmless} of {count.tried} fell into padding, which holds nothing", flush=True)
    shutil.rmtree(root)
    return [count]


if __name__ == "__main__":
    sys.exit(main())
