"""Measure what people wait for, side by side and in turns.

    python scripts/benchmark.py --help                          the suites
    python scripts/benchmark.py epoch --models mlp cnn --rounds 3
    python scripts/benchmark.py time_to_99 --continue outputs/benchmarks/<file>.json

Every suite lies in scripts/benchmarks and offers contests between contenders that do the same work, and perhaps a
picture of them. They take turns, so that a busy moment of the machine falls on all of them; the tables have medians,
extremes and ratios within each round, which are what to trust. Every figure is kept at once, with its conditions, in
outputs/benchmarks/<time>-<suite>.json.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

from benchmarks.arguments import positive  # noqa: E402 - of the folders above
from benchmarks.records import Record, load  # noqa: E402
from benchmarks.tables import lines  # noqa: E402
from benchmarks.turns import Contender, take_turns  # noqa: E402

SUITES = (
    "baseline",
    "epoch",
    "tax",
    "time_to_99",
    "same_mathematics",
    "startup",
    "memory",
    "scaling",
    "gpu",
    "versions",
    "doctor",
    "transfer",
    "remedies",
)
# Figures are not other ones for these.
NO_SETTINGS = ("suite", "go_on", "rounds", "lesson_rounds", "models", "tasks", "labels", "cases", "picture")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the suite that was asked for."""
    options = parse(arguments)
    if options.threads is not None:  # read when the libraries are loaded, here and in the processes that are started
        os.environ |= dict.fromkeys(THREAD_VARIABLES, str(options.threads))
    suite = import_module(f"benchmarks.{options.suite}")
    folder = ROOT / "outputs" / "benchmarks"
    path = options.go_on or folder / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{options.suite}.json"
    selections = (*NO_SETTINGS, *getattr(suite, "SELECTIONS", ()))
    settings = {key: value for key, value in vars(options).items() if key not in selections}
    try:
        record = Record(path, options.suite, suite.WORK, settings)
    except ValueError as error:
        sys.exit(f"benchmark: {error}")
    print(f"{options.suite}: {suite.WORK}\nload {load()}; every figure goes to {path}", flush=True)
    try:
        if hasattr(suite, "measure"):  # no race: it has tables of its own
            suite.measure(options, record)
        else:
            race(suite.contests(options), options.rounds, record)
        if hasattr(suite, "finish"):
            suite.finish(options, record.content["contests"])
    except KeyboardInterrupt:
        sys.exit(f"\nbenchmark: stopped; continue with the same command and --continue {path}")
    finally:
        record.close()
    print(f"\nload at the end {load()}")


def race(contests: Mapping[str, Mapping[str, Contender]], rounds: int, record: Record) -> None:
    """Let the contenders of each contest take turns, and print its tables."""
    for title, contenders in contests.items():
        print(f"\n{title}", flush=True)
        runs = record.runs(title)
        take_turns(contenders, rounds, runs, record.keep)
        print("\n".join(lines(runs)), flush=True)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the suite that was asked for; those of all suites stand in the help of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    chosen = parser.add_subparsers(dest="suite", required=True, metavar="suite")
    for name in SUITES:
        module = import_module(f"benchmarks.{name}")  # light: what is heavy is loaded when it is measured
        about = module.__doc__.splitlines()[0].replace("%", "%%")  # argparse fills in what stands behind one
        own = chosen.add_parser(
            name, help=about, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        own.add_argument("--rounds", type=positive, default=module.ROUNDS, help=f"turns of each ({module.ROUNDS})")
        threads = "as the libraries choose" if module.THREADS is None else module.THREADS
        own.add_argument("--threads", type=positive, default=module.THREADS, help=f"of each contender ({threads})")
        own.add_argument("--continue", dest="go_on", type=Path, metavar="FILE", help="add to these figures")
        module.add_arguments(own)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
