"""Measure what people wait for, side by side and in turns.

    python scripts/benchmark.py baseline --rounds 7

Every suite lies in scripts/benchmarks and offers contenders that do the same work. They take turns within one process,
so that a busy moment of the machine falls on all of them; the table has medians, extremes and the ratio to ours, which
is what to trust. Figures and conditions go to outputs/benchmarks/<time>-<suite>.json.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SUITES = {"baseline": ("numpy", "torch", "scikit-learn")}  # what is to be measured, and whose versions count
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Run the suites that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="+", choices=sorted(SUITES), help="what to measure")
    parser.add_argument("--rounds", type=int, default=7, help="turns of every contender (7)")
    parser.add_argument("--threads", type=int, default=1, help="threads of every contender (1)")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.threads < 1:
        parser.error("--rounds and --threads must be at least 1")
    os.environ |= dict.fromkeys(THREAD_VARIABLES, str(arguments.threads))  # read when the libraries are loaded
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]
    for suite in arguments.suites:
        module = import_module(f"benchmarks.{suite}")
        print(f"{suite}: {module.WORK}; {arguments.rounds} rounds, {arguments.threads} thread(s), load {load()}")
        seconds = take_turns(module.contenders(arguments.threads), arguments.rounds)
        show(seconds)
        path = store(suite, module.WORK, seconds, arguments.threads)
        print(f"load at the end {load()}; written to {path.relative_to(ROOT)}\n")


def take_turns(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each contender in every round; each warms up once before."""
    for run in contenders.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(1, rounds + 1):
        for name, run in contenders.items():
            seconds[name].append(run())
        print(
            f"  round {number}: " + "  ".join(f"{name} {values[-1]:.2f} s" for name, values in seconds.items()),
            flush=True,
        )
    return seconds


def show(seconds: Mapping[str, list[float]]) -> None:
    """Print a table; the first contender is ours, and ratios are taken within each round."""
    ours = next(iter(seconds.values()))
    width = max(map(len, seconds))
    print(f"  {'':{width}}  median     min     max   ours / it (min to max)")
    for name, values in seconds.items():
        ratios = sorted(mine / its for mine, its in zip(ours, values, strict=True))
        times = "  ".join(f"{value:6.3f}" for value in (statistics.median(values), min(values), max(values)))
        print(f"  {name:{width}}  {times}   {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def store(suite: str, work: str, seconds: Mapping[str, list[float]], threads: int) -> Path:
    """Write all figures with the conditions under which they were taken."""
    from digitlab.runs.environment import processor
    from digitlab.runs.files import write_json

    folder = ROOT / "outputs" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{suite}.json"
    conditions: dict[str, Any] = {
        "suite": suite,
        "work": work,
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in SUITES[suite]},
    }
    write_json(path, {**conditions, "seconds": seconds})
    return path


def load() -> str:
    """Return the load average of the last minute."""
    return f"{os.getloadavg()[0]:.2f}"


if __name__ == "__main__":
    main()
