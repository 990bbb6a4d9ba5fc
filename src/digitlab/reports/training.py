"""What a training run says at its start and at its end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitlab.paths import shown
from digitlab.performance.autotune import Tuning
from digitlab.reports.console import console, show_facts, show_tree
from digitlab.system.commands import command, curves_command, evaluate_command


def introduce(directory: Path, settings: Mapping[str, Any], device: str, tuning: Tuning) -> None:
    """Print what a run is made of and how it computes.

    Args:
        directory: Of the run.
        settings: The resolved configuration as plain data.
        device: Where it computes, and why there.
        tuning: How it computes.
    """
    if settings["verbose"]:
        show_tree(f"digitlab train, in {shown(directory)}", settings)
    console.print(f"Runs on {device}; seed {settings['seed']}")
    precision, memory_format, reason = tuning
    console.print(f"Trains in {precision}, {memory_format} ({reason}); evaluates in 32-true")


def summarize(result: Mapping[str, Any], directory: Path, settings: Mapping[str, Any]) -> None:
    """Print what came of the run, in full or, within a sweep, in a line."""
    splits = {"train": "training", "val": "validation", "test": "test"}
    scores = {
        f"{name} accuracy": f"{result[f'{split}/acc']:.2%} (loss {result[f'{split}/loss']:.4f})"
        for split, name in splits.items()
        if f"{split}/acc" in result
    }
    if not settings["verbose"]:
        figures = ", ".join(f"{name} {score}" for name, score in scores.items())
        console.print(f"{figures}, {result['fit_seconds']:.1f} s, in {shown(directory)}")
        return
    facts = {"model": f"{result['model']}, {result['parameters']:,} parameters, on {result['dataset']}"}
    if "best_epoch" in result:
        facts["epoch kept"] = f"{result['best_epoch']} of {result['epochs']}"
    facts.update(scores)
    facts["training time"] = f"{result['fit_seconds']:.1f} s"
    facts["everything is in"] = shown(directory)
    commands = []
    if (directory / "tensorboard").is_dir():
        commands.append(("curves", curves_command(directory)))
    if "checkpoint" in result:
        commands.append(("test again", evaluate_command(directory, settings["paths"])))
    if (directory / "fit-profile.txt").is_file():
        commands.append(("where the time went", command("less", directory / "fit-profile.txt")))
    show_facts("Done", facts, commands)
