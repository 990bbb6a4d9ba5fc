"""What an evaluation says at its end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitlab.paths import shown
from digitlab.reports.console import console, show_facts
from digitlab.reports.scores import in_a_line, scores


def summarize(result: Mapping[str, Any], directory: Path, *, verbose: bool) -> None:
    """Print what came of an evaluation, in full or, within a sweep, in a line."""
    if not verbose:
        console.print(f"{in_a_line(result, result['test_seconds'])}, in {shown(directory)}")
        return
    show_facts(
        "Done",
        {
            "model": f"{result['model']}, {result['parameters']:,} parameters",
            "data": f"{result['dataset']}, test images",
            **scores(result),
            "time": f"{result['test_seconds']:.1f} s",
            "everything is in": shown(directory),
        },
    )
