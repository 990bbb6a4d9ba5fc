"""Examine a training before it is paid for."""

import inspect
import time
from collections.abc import Callable, Sequence
from typing import Any

from lightning import LightningDataModule, LightningModule, Trainer
from torch.jit import ScriptModule
from torch.nn.parameter import UninitializedParameter

from digitlab.diagnostics.diagnosis import Diagnosis, most_likely_cause
from digitlab.diagnostics.evidence.collected import Evidence
from digitlab.diagnostics.evidence.subject import Subject
from digitlab.diagnostics.figures import figures_of
from digitlab.diagnostics.result import Skipped, judged
from digitlab.diagnostics.rules import all_rules
from digitlab.diagnostics.selection import select
from digitlab.errors import UserError
from digitlab.reports.quiet import quiet


@quiet
def diagnose(
    module: LightningModule,
    datamodule: LightningDataModule,
    *,
    checks: str | Sequence[str] | None = None,
    mute: str | Sequence[str] = (),
    budget: float = 60.0,
    settings: dict[str, Any] | None = None,
    say: Callable[[str], None] | None = None,
    **trainer_arguments: Any,
) -> Diagnosis:
    """Work off the checklist for trainings that stall, on copies.

    Module, data, their generators and the process's own are afterwards as they were, to the bit.

    Args:
        module: Any LightningModule that classifies images; with its own steps, optimizers and logged names if it likes.
        datamodule: Any LightningDataModule whose batches hold images `(B, ...)` and labels `(B,)`, in a tuple, a dict
            or a dataclass.
        checks: Codes ("DL302"), beginnings of codes ("DL1") or names of groups ("data", "lr"); `None` for all.
        mute: The same, of what is not to be looked at.
        budget: Seconds that it may take, about.
        settings: Of a digitlab training; remedies are then overrides of its command.
        say: Called with a line when something that takes long begins.
        **trainer_arguments: Of the training: `max_epochs` (10), `precision`, `gradient_clip_val`, and others that
            change what is computed.

    Returns:
        The results of all rules, and the most likely cause.

    Raises:
        UserError: For an unknown check, no time, or a module that classifies nothing.
    """
    _check_arguments(module, datamodule, budget)
    rules = select(all_rules(), checks, mute)
    unknown = sorted(set(trainer_arguments) - set(inspect.signature(Trainer).parameters))
    if unknown:
        raise UserError(f"{unknown[0]} is no argument of diagnose or of Lightning's Trainer")
    started = time.monotonic()
    subject = Subject(module, datamodule, {"accelerator": "auto", **trainer_arguments}, settings)
    evidence = Evidence(subject, budget, say)
    _check_classifier(evidence)
    results = tuple(judged(rule, evidence) for rule in rules)
    _check_scores(evidence)
    return Diagnosis(
        results,
        most_likely_cause(results, {rule.code: rule.explains for rule in rules}),
        figures_of(evidence),
        f"{type(getattr(module, 'net', module)).__name__} on {type(datamodule).__name__}",
        round(time.monotonic() - started, 1),
    )


def _check_arguments(module: Any, datamodule: Any, budget: Any) -> None:
    """Refuse what cannot be examined.

    Raises:
        UserError: For another type, a budget without seconds, and modules of which no copy can be trained.
    """
    for name, given, wanted in (("module", module, LightningModule), ("datamodule", datamodule, LightningDataModule)):
        if not isinstance(given, wanted):
            raise UserError(f"{name} must be a {wanted.__name__}, got {type(given).__name__}")
    if isinstance(budget, bool) or not isinstance(budget, int | float) or not budget > 0:
        raise UserError(f"budget must be a number of seconds above 0, got {budget!r}")
    if any(isinstance(part, ScriptModule) for part in module.modules()):
        raise UserError(f"{type(module).__name__} holds a scripted module, whose copies cannot be trained")
    if any(isinstance(parameter, UninitializedParameter) for parameter in module.parameters()):
        raise UserError(f"{type(module).__name__} has lazy layers without weights; run a batch through it first")


def _check_classifier(evidence: Evidence) -> None:
    """Refuse what is no classifier of images: every check would be about something else.

    Raises:
        UserError: If the batches have no images or no labels.
    """
    try:
        train = evidence.samples["train"]
    except Skipped as skipped:
        raise UserError(f"the data cannot be examined: {skipped}") from None
    if train.first is not None and not len(train.all_labels):
        raise UserError(
            "the training batches hold no labels, a whole number for each image; "
            "what is no classifier of images is not examined here"
        )


def _check_scores(evidence: Evidence) -> None:
    """Refuse a module that takes steps and gives no scores.

    Raises:
        UserError: If none of its modules gives a row of scores for each image.
    """
    if not evidence.has("attempt") or evidence.attempt.error is not None:
        return
    record, name = evidence.attempt.record, type(evidence.subject.module).__name__
    if record.steps and record.call is None:
        raise UserError(
            f"{name} is no classifier that can be examined: in a training step, none of its modules gives scores "
            "(B, C), and no loss of torch's is given any"
        )
    if record.reproduces and record.call is not None and record.call.scores.shape[1] != evidence.classes:
        raise UserError(f"{name} is no classifier: its loss compares with the images, and it has no score for a class")
