"""The lesson's remedies for sick nets, each against the sick net that it is for.

The cases are in `scripts/benchmarks/remedy_cases.py`: for each a sick net, and the same net with a remedy. The number
of the round is the seed. At the end stands a table in Markdown, mean and standard deviation over the seeds; `--picture`
draws gradients by layer, and the accuracies before and after. A run whose loss became no number counts as guessing.
All are measured on validation images: nothing is chosen by these figures, and the test images are not read.
"""

import argparse
from functools import partial
from pathlib import Path

from benchmarks.arguments import add_data_dir
from benchmarks.remedy_cases import CASES, Case, Settings
from benchmarks.remedy_table import Contests, markdown
from benchmarks.turns import Contender, Figures

WORK = "small trainings, sick and treated"
ROUNDS, THREADS = 5, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    parser.add_argument("--data", choices=("digits", "mnist"), default="digits", help="which images (digits)")
    parser.add_argument("--batches", type=int, default=1000, help="most training batches of an epoch (1000)")
    parser.add_argument("--cases", nargs="+", choices=[*CASES], default=[*CASES], help="which illnesses (all)")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the figure, as docs/remedies.png")


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return a contest for each illness."""
    return {
        case.title: {
            name: Contender(partial(treated, (*data_settings(options), *settings)))
            for name, settings in case.contenders().items()
        }
        for case in chosen(options)
    }


def chosen(options: argparse.Namespace) -> list[Case]:
    """Return the cases that were asked for."""
    return [CASES[name] for name in options.cases]


def data_settings(options: argparse.Namespace) -> Settings:
    """Return the settings of the data; of the bundled digits, 431 images validate, so that one is 0.2 %."""
    share = ("data.val_share=0.3",) if options.data == "digits" else ()
    where = f"paths.data_dir={options.data_dir.absolute()}", "data.download=false"
    return (f"data={options.data}", f"trainer.limit_train_batches={options.batches}", *share, *where)


def treated(settings: Settings, seed: int) -> Figures:
    """Train once."""
    from benchmarks.symptoms import measure  # loads torch

    return measure(settings, seed)


def finish(options: argparse.Namespace, results: Contests) -> None:
    """Print the table, and draw the figure if that was asked for."""
    print("\n" + "\n".join(markdown(chosen(options), results)))
    if options.picture is not None:
        from benchmarks.remedy_picture import draw

        draw(chosen(options), results, data_settings(options), options.picture)
        print(f"\nfigure in {options.picture}")
