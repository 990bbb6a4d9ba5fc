"""Examine a training before it is paid for, or a run that is over, and leave a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from digitlab.diagnostics.autopsy.examine import examine_run
from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.diagnostics.examine import diagnose
from digitlab.errors import CheckFailed
from digitlab.paths import shown
from digitlab.reports.console import console
from digitlab.reports.diagnosis import introduce, show
from digitlab.reports.quiet import quiet
from digitlab.reports.training import described
from digitlab.reports.verdict import verdict
from digitlab.runs.device import describe_device
from digitlab.runs.find_run import find_run
from digitlab.runs.record import recorded
from digitlab.system.atomic_files import write_text
from digitlab.tasks import train
from digitlab.tasks.train import Prepared

JSON, PAGE = "diagnosis.json", "diagnosis.html"


@dataclass
class Examination:
    """What an examination needs, built once.

    Attributes:
        settings: Of the command.
        subject: The training to come, or the directory of a run that is over.
    """

    settings: dict[str, Any]
    subject: Prepared | Path


def prepare(settings: dict[str, Any]) -> Examination:
    """Build what train.py would build, or find the run that is meant.

    Raises:
        UserError: With what cannot work.
    """
    if settings["run"] is not None:
        return Examination(settings, find_run("run", settings["run"], settings["paths"]["output_root"]))
    return Examination(settings, train.prepare(settings))


@quiet
def run(examination: Examination) -> None:
    """Examine, write the report as JSON and as a page, and show it.

    Raises:
        CheckFailed: If a check fails, after all that.
        UserError: If it cannot be examined: a module that is no classifier, a run that left nothing.
    """
    settings, subject = examination.settings, examination.subject
    directory, device = Path(settings["paths"]["output_dir"]), {}
    if isinstance(subject, Prepared):
        device = describe_device(subject.trainer.strategy.root_device, settings["trainer"]["accelerator"])
    with recorded(settings, device, write=True) as result:
        _introduce(directory, examination)
        diagnosis = _examined(examination)
        write_text(directory / JSON, diagnosis.to_json() + "\n")
        write_text(directory / PAGE, diagnosis.to_html())
        result.update(
            command="diagnose",
            subject=diagnosis.subject,
            cause=None if diagnosis.cause is None else diagnosis.cause.code,
            checks={one.code: str(one.status) for one in diagnosis.results},
            seconds=round(diagnosis.seconds, 2),
        )
    show(diagnosis, directory, [PAGE, JSON], verbose=settings["verbose"])
    if diagnosis.failed:
        raise CheckFailed(verdict(diagnosis))


def _introduce(directory: Path, examination: Examination) -> None:
    if not examination.settings["verbose"]:
        return
    if isinstance(examination.subject, Path):
        introduce(directory, f"the run in {shown(examination.subject)}")
    else:
        introduce(directory, f"the training for about {examination.settings['budget']:g} s")


def _examined(examination: Examination) -> Diagnosis:
    settings, subject = examination.settings, examination.subject
    checks = None if settings["checks"] is None else _listed(settings["checks"])
    mute = _listed(settings["mute"])
    if isinstance(subject, Path):
        return examine_run(subject, checks=checks, mute=mute)
    return examine(subject, checks=checks, mute=mute, budget=settings["budget"], say=console.print)


def _listed(words: str | Sequence[str] | None) -> list[str]:
    """Return a word, as `checks=lr` gives it, or several or none as a list."""
    return [words] if isinstance(words, str) else list(words or ())


@quiet
def examine(
    training: Prepared,
    *,
    checks: str | Sequence[str] | None = None,
    mute: str | Sequence[str] = (),
    budget: float = 60.0,
    say: Callable[[str], None] | None = None,
) -> Diagnosis:
    """Examine a training that was built and not begun; it is afterwards as it was.

    Args:
        training: From `train.prepare`.
        checks: Codes, beginnings of codes or names; `None` for all.
        mute: Likewise, those to leave out.
        budget: Seconds, about.
        say: Is called with a line of progress.

    Raises:
        UserError: If its module classifies nothing, or there is no such check.
    """
    diagnosis = diagnose(
        training.module,
        training.datamodule,
        checks=checks,
        mute=mute,
        budget=budget,
        settings=training.settings,
        say=say,
        **trainer_arguments(training.settings),
    )
    return replace(diagnosis, subject=described(training.settings))


def trainer_arguments(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the trainer of a training is made with, for one process: an examination is not shared out."""
    given = {key: value for key, value in settings["trainer"].items() if key != "_target_"}
    devices = given.get("devices", 1)
    one = devices[:1] if isinstance(devices, list) else 1
    return {**given, "devices": one, "num_nodes": 1, "strategy": "auto", "profiler": None}
