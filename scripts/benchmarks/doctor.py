"""The doctor on the gallery of faults: what it finds, whether it names the cause, false alarms, whether remedies work.

    python scripts/benchmark.py doctor --parts harm --nets mlp          does each fault hurt?
    python scripts/benchmark.py doctor --half a --parts detect          what the doctor says of each
    python scripts/benchmark.py doctor --parts healthy --healthy 60     what it says of healthy trainings
    python scripts/benchmark.py doctor --parts recover --seeds 3        accuracy after the printed remedy is pasted
    python scripts/benchmark.py doctor --parts peers                    what torchtest2 and torch-audit say

The faults are those of scripts/gallery, on the bundled digits. "Found" is a fault against which some rule fails;
"cause first" one whose most likely cause is among the codes that its record counts as right. The two other libraries
look at a network, a batch, a loss and an optimizer; nothing but this suite uses them, so no extra of the project
installs them: pip install torchtest2 torch-audit.
"""

import argparse
import gc
import sys
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.arguments import add_data_dir, positive
from benchmarks.records import Record

WORK = "the gallery's faults and healthy trainings, on the bundled digits"
ROUNDS, THREADS = 1, 1
PARTS = ("harm", "detect", "healthy", "recover", "peers")
SELECTIONS = ("half", "faults", "healthy", "parts", "seeds", "nets")  # which figures, and not other ones


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure (all)")
    parser.add_argument("--half", choices=("a", "b"), help="of the gallery (both)")
    parser.add_argument("--faults", nargs="+", default=[], metavar="NAME", help="which (all)")
    parser.add_argument("--nets", nargs="+", choices=("mlp", "cnn"), default=["mlp", "cnn"], help="which (both)")
    parser.add_argument("--healthy", type=positive, default=60, metavar="N", help="how many healthy trainings (60)")
    parser.add_argument("--seeds", type=positive, default=3, metavar="N", help="of each fault (3)")
    parser.add_argument("--budget", type=float, default=60.0, metavar="SECONDS", help="of the doctor (60)")


def measure(options: argparse.Namespace, record: Record) -> None:
    """Measure the parts that were asked for, and print their tables."""
    from benchmarks import doctor_parts, doctor_tables
    from gallery.catalogue import choose

    try:
        faults = choose(options.faults, options.half)
    except ValueError as error:
        sys.exit(f"benchmark: {error}")
    cases = [
        (fault, net, seed)
        for seed in range(1, options.seeds + 1)
        for fault in faults
        for net in fault.nets
        if net in options.nets
    ]
    for part in (part for part in PARTS if part in options.parts):
        print(f"\n{part}", flush=True)
        work: Iterable[tuple[str, Callable[[], dict[str, Any]]]] = getattr(doctor_parts, part)(options, cases, record)
        keep(record, part, work)
    known = {fault.name: fault for fault in faults}
    print("\n".join(doctor_tables.lines(record.content["contests"], known)), flush=True)


def keep(record: Record, part: str, work: Iterable[tuple[str, Callable[[], dict[str, Any]]]]) -> None:
    """Do what is not done yet, and keep each figure at once.

    Args:
        record: Of the benchmark; a run is a list of one of what the work returned, by its name.
        part: Under which to keep it.
        work: Names, "fault, net, seed", and what to do.
    """
    runs = record.runs(part)
    for name, do in work:
        if name not in runs:
            runs[name] = [do()]
            record.keep()
            gc.collect()  # a trainer and its module hold each other, and the data
            print(f"  {name}: {shown(runs[name][0])}"[:240], flush=True)


def shown(figures: dict[str, Any]) -> str:
    """Return figures in a line; of a part of them that is a dictionary, the numbers."""
    words = []
    for key, value in figures.items():
        if isinstance(value, dict):
            numbers = [f"{name} {number:.1f}" for name, number in value.items() if isinstance(number, float)]
            words += [f"{key}: {', '.join(numbers)}"] if numbers else []
        else:
            words.append(f"{key} {value}")
    return "; ".join(words)
