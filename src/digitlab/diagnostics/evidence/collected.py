"""All that is measured in an examination: each thing when a rule first asks for it, once, while there is time."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import torch

from digitlab.diagnostics.evidence import plan as plans
from digitlab.diagnostics.evidence import training
from digitlab.diagnostics.evidence.range_test import range_test
from digitlab.diagnostics.evidence.rate_curve import RangeTest
from digitlab.diagnostics.evidence.references import References, refer
from digitlab.diagnostics.evidence.replay import Replay, replay
from digitlab.diagnostics.evidence.samples import Split, looks
from digitlab.diagnostics.evidence.subject import Subject
from digitlab.diagnostics.evidence.views import Views, compare
from digitlab.diagnostics.evidence.whole_network import whole_call
from digitlab.diagnostics.result import Skipped
from digitlab.diagnostics.wording import first_line
from digitlab.errors import Diverged, UserError

Found = TypeVar("Found")
SHARES = {"samples": 0.15, "run": 0.25, "one_batch": 0.12, "lr_range": 0.12, "shuffled": 0.12}  # of the budget
RUN_STEPS, ONE_BATCH_STEPS, RANGE_STEPS, REPEATED = 1200, 200, 80, 4
LEAST = 20  # images a class or so: below, simple classifiers say nothing


def once(measure: Callable[["Evidence"], Found]) -> property:
    """Measure at the first call and keep it, or the reason why it cannot be measured."""

    @wraps(measure)
    def kept(self: "Evidence") -> Found:
        name = measure.__name__
        if name not in self._kept:
            started = time.monotonic()
            try:
                self._kept[name] = measure(self)
            except Skipped as skipped:
                self._kept[name] = skipped
            except UserError:
                raise
            except Exception as error:
                self.errors[name] = error
                self._kept[name] = Skipped(f"{name.replace('_', ' ')} could not be measured: {first_line(error)}")
            self.seconds[name] = time.monotonic() - started
        found = self._kept[name]
        if isinstance(found, Skipped):
            raise found
        return found

    return property(kept)


class Evidence:
    """What was measured of a module and its data.

    Args:
        subject: The module and its data.
        budget: Seconds that all of it may take, about.
        say: Called with a line when something that takes long begins.
    """

    def __init__(self, subject: Subject, budget: float, say: Callable[[str], None] | None = None) -> None:
        self.subject, self.budget = subject, budget
        self.say = say or (lambda line: None)
        self.started = time.monotonic()
        self._kept: dict[str, Any] = {}
        self.errors: dict[str, Exception] = {}
        self.seconds: dict[str, float] = {}

    def _time_for(self, name: str) -> float:
        """Return the seconds that a measurement may take.

        Raises:
            Skipped: If none are left.
        """
        left = self.budget - (time.monotonic() - self.started)
        if left <= 0:
            raise Skipped(f"no time was left of {self.budget:g} s; budget={2 * self.budget:g} gives it more")
        return min(left, SHARES[name] * self.budget)

    def has(self, name: str) -> bool:
        """Return whether something was measured already."""
        return name in self._kept and not isinstance(self._kept[name], Skipped)

    @property
    def settings(self) -> dict[str, Any] | None:
        """Return the settings of the command line, or `None` from Python."""
        return self.subject.settings

    # ------ the data

    @once
    def samples(self) -> dict[str, Split]:
        """Return what the loaders give."""
        self.say("looks at the images")
        return looks(self.subject, self._time_for("samples"))

    @property
    def train(self) -> Split:
        """Return what the training loader gives."""
        split = self.samples["train"]
        if split.first is None:
            raise Skipped("the training batches hold no images")
        return split

    @property
    def val(self) -> Split:
        """Return what the validation loader gives."""
        if self.val_if_any is None:
            raise Skipped("there are no validation images")
        return self.val_if_any

    @property
    def val_if_any(self) -> Split | None:
        """Return what the validation loader gives, if it gives images."""
        split = self.samples.get("val")
        return None if split is None or split.first is None else split

    @once
    def references(self) -> References:
        """Return what simple classifiers make of the images."""
        train, val = self.train, self.samples.get("val")
        if not len(train.labels) or len(train.labels.unique()) < 2:
            raise Skipped("there are not two classes of labels")
        if len(train.labels) < LEAST:
            raise Skipped(f"{len(train.labels)} training images are too few for a simple classifier")
        if not train.finite or not bool(train.pixels.isfinite().all()):
            raise Skipped("the images hold numbers that are not finite")
        self.say("compares with simple classifiers")
        return refer(train, val if val is not None and len(val.labels) else None)

    # ------ trainings of copies

    @once
    def plan(self) -> plans.Plan:
        """Return what the training is going to do."""
        return plans.planned(self.subject)

    @once
    def attempt(self) -> training.Short:
        """Return a short training, whether it came to its end or not."""
        self.say("trains for a while as planned")
        return training.short_training(self.subject, RUN_STEPS, self._time_for("run"), self.train.batch_size)

    @property
    def run(self) -> training.Short:
        """Return a short training of at least a step."""
        attempt = self.attempt
        if attempt.error is not None and len(attempt.losses) < 2 and not isinstance(attempt.error, Diverged):
            raise Skipped("no training step runs (DL201)")
        if not attempt.record.steps:
            raise Skipped("there is no training step")
        return attempt

    @once
    def one_batch(self) -> training.Short:
        """Return a training on one batch."""
        first = self.train.first
        self.say("overfits one batch")
        return training.same_batch(self.subject, first, ONE_BATCH_STEPS, self._time_for("one_batch"))

    @once
    def lr_range(self) -> RangeTest:
        """Return the losses for rates from small to large."""
        seconds = self._time_for("lr_range")
        kept = self.train.kept or [self.train.first]
        each = sorted(step.seconds for step in self.run.record.steps)[len(self.run.record.steps) // 2]
        possible = int(seconds / max(each, 1e-6))
        self.say("tries learning rates")

        def test(steps: int, **limits: Any) -> RangeTest:
            data, arguments = self.subject.fresh_data(), self.subject.trainer_arguments
            return range_test(self.subject.fresh_module(), kept, arguments, steps=steps, datamodule=data, **limits)

        found = test(max(RANGE_STEPS // 2, min(RANGE_STEPS, possible)))
        if found.suggestion is None and possible > 2 * RANGE_STEPS:  # momentum takes more steps to get going
            found = test(2 * RANGE_STEPS, lowest=1e-4)
        return found

    @once
    def repeated(self) -> tuple[list[float], list[float]]:
        """Return the first losses of two trainings with one seed."""
        self._time_for("run")
        return training.first_steps(self.subject, REPEATED), training.first_steps(self.subject, REPEATED)

    @once
    def shuffled(self) -> training.Short:
        """Return a training on labels that were dealt out anew."""
        self.say("trains on shuffled labels")
        steps = min(len(self.run.record.steps), RUN_STEPS // 4)
        return training.shuffled_labels(self.subject, self.train.kept, steps, self._time_for("shuffled"))

    @property
    def was_brief(self) -> bool:
        """Return whether the budget ended the short training after less than 50 steps, counted at the highest rate."""
        rates = [step.lr for step in self.run.record.steps if step.lr is not None]
        highest = max((*self.plan.rates, *rates), default=0.0)
        counted = sum(rates) / highest if highest > 0 else len(self.run.record.steps)
        return not self.run.record.completed and counted < 50

    @once
    def views(self) -> Views:
        """Return what augmentation makes of the images."""
        views = self.run.record.watch.views
        return compare(views["train"], views["val"])

    # ------ the network

    @property
    def first_scores(self) -> torch.Tensor:
        """Return the scores `(B, C)` of the first step."""
        scores = self.attempt.record.first_scores
        if scores is None:
            raise Skipped("no module gives scores (B, C) in a training step")
        return scores

    @property
    def last_scores(self) -> torch.Tensor:
        """Return the scores `(B, C)` of the last step."""
        scores = self.run.record.last_scores
        return self.first_scores if scores is None else scores

    @once
    def replay(self) -> Replay:
        """Return what the network does by itself, in evaluation mode."""
        call = self.run.record.call
        if call is None:
            raise Skipped("no module gives scores (B, C) in a training step")
        return replay(whole_call(call, self.subject.fresh_module(), self.train.first))

    @property
    def classes(self) -> int:
        """Return how many classes the labels have."""
        labels = self.train.all_labels
        if not len(labels):
            raise Skipped("the batches hold no labels")
        return int(labels.max()) + 1
