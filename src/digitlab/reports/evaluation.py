"""What an evaluation says at its end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitlab.paths import shown
from digitlab.reports.console import console, show_facts
from digitlab.reports.scores import scores


def summarize(result: Mapping[str, Any], directory: Path, *, verbose: bool) -> None:
    """Print what came of an evaluation, in full or, within a sweep, in a line."""
    measured = scores(result)
    if not verbose:
        figures = ", ".join(f"{name} {score}" for name, score in measured.items())
        console.print(f"{figures}, {result['test_seconds']:.1f} s, in {shown(directory)}")
        return
    show_facts(
        "Done",
        {
            "model": f"{result['model']}, {result['parameters']:,} parameters",
            "data": f"{result['dataset']}, test images",
            **measured,
            "time": f"{result['test_seconds']:.1f} s",
            "everything is in": shown(directory),
        },
    )
