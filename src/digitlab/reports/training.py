"""What a training run says at its start and at its end."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digitlab.paths import shown
from digitlab.reports.console import console, show_facts
from digitlab.reports.scores import in_a_line, scores
from digitlab.system.commands import command, curves_command, evaluate_command

PLANNED_END = "trainer.max_epochs="  # an ending that needs no word
ELSEWHERE = ("paths.output_root=", "hydra.", "resume=", "verbose=")  # what the lines beside it say already


def introduce(directory: Path, settings: Mapping[str, Any], arguments: Sequence[str], device: str, reason: str) -> None:
    """Print what a run is made of and how it computes; the rest is in its config.yaml.

    Args:
        directory: Of the run.
        settings: The resolved configuration as plain data.
        arguments: What was typed behind the command, as in `model=mlp`; shown as what differs from the defaults.
        device: Where it computes, and why there.
        reason: Why it computes in the precision and memory format of the settings.
    """
    lines = [f"On {device}, seed {settings['seed']}",
             f"Trains in {settings['trainer']['precision']}, {settings['memory_format']}; evaluates in 32-true",
             f"  ({reason})"]  # fmt: skip
    if settings["verbose"]:
        lines[:0] = [f"digitlab train, in {shown(directory)}", *_changed(arguments), described(settings)]
    for line in lines:
        console.print(line)


def _changed(arguments: Sequence[str]) -> list[str]:
    settings = [text for text in arguments if text.startswith("~") or "=" in text]
    texts = [text for text in settings if not text.lstrip("+").startswith(ELSEWHERE)]
    return [*([f"Changed: {'  '.join(texts)}"] if texts else []), "  (config.yaml there has every setting)"]


def described(settings: Mapping[str, Any]) -> str:
    """Return in a line what is trained, on what and how."""
    data, optimizer, scheduler = settings["data"], settings["optimizer"], settings["scheduler"]
    parts = []
    if optimizer is not None:  # a module of one's own may bring its optimizer
        parts += [_kind(optimizer), *([f"lr {optimizer['lr']}"] if "lr" in optimizer else [])]
    if scheduler is not None:
        parts.append(_kind(scheduler))
    epochs = settings["trainer"]["max_epochs"]
    if epochs is not None and epochs > 0:  # -1: without an end
        parts.append("1 epoch" if epochs == 1 else f"up to {epochs} epochs")
    if "batch_size" in data:
        parts.append(f"batches of {data['batch_size']}")
    what = f"{_kind(settings['model'])} on {data.get('dataset', _kind(data))}"
    return f"{what}: {', '.join(parts)}" if parts else what


def _kind(section: Mapping[str, Any]) -> str:
    return str(section["_target_"]).rpartition(".")[2]


def summarize(result: Mapping[str, Any], directory: Path, settings: Mapping[str, Any]) -> None:
    """Print what came of the run, in full or, within a sweep, in a line."""
    if not settings["verbose"]:
        console.print(f"{in_a_line(result, result['fit_seconds'])}, in {shown(directory)}")
        return
    facts = {"model": f"{result['model']}, {result['parameters']:,} parameters, on {result['dataset']}"}
    if "best_epoch" in result:
        facts["epoch kept"] = f"{result['best_epoch']} of {result['epochs']}"
    facts.update(scores(result))
    if not str(result.get("ended", PLANNED_END)).startswith(PLANNED_END):
        facts["ended"] = str(result["ended"])
    facts["training time"] = f"{result['fit_seconds']:.1f} s"
    facts["everything is in"] = shown(directory)
    show_facts("Done", facts, next_commands(result, directory, settings["paths"]))


def next_commands(result: Mapping[str, Any], directory: Path, paths: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what can be done with a finished run: the purpose and the command of each."""
    commands = []
    if (directory / "tensorboard").is_dir():
        commands.append(("curves", curves_command(directory)))
    if "checkpoint" in result:
        commands.append(("test again", evaluate_command(directory, paths)))
    if (directory / "fit-profile.txt").is_file():
        commands.append(("where the time went", command("less", directory / "fit-profile.txt")))
    return commands
