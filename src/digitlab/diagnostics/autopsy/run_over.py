"""What a run has left, read once and with the limits that hold for anybody's files; what is missing skips a check."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from digitlab.checkpoints.reading import read_first_readable
from digitlab.diagnostics.autopsy.behaviour import Trained, load_trained
from digitlab.diagnostics.autopsy.metrics_file import METRICS, Row, read_metrics
from digitlab.diagnostics.autopsy.recorded import (
    differing_sections,
    is_continuation,
    read_newest_header,
    recorded_rows,
    recorded_settings,
)
from digitlab.diagnostics.result import Skipped
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.config_file import read_config
from digitlab.runs.directories import BEST, CONFIG, LAST, RESULT, find_checkpoints, read_result
from digitlab.system.commands import resume_command

Read = TypeVar("Read")
PLANNED = ("onecycle", "cosine")  # schedules of ours that are planned for a whole run


class RunOver:
    """A run directory, of which each property is read when it is asked for.

    Every property raises `Skipped` with the reason if the run has not left what it takes.

    Args:
        directory: Of the run.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._read: dict[str, Any] = {}

    @property
    def left(self) -> bool:
        """Return whether there is anything to look at."""
        return any((self.directory / name).is_file() for name in (CONFIG, RESULT, METRICS, BEST, LAST))

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings, as they were trained with."""
        return self._once("settings", lambda: read_config(self.directory, "run"))

    @property
    def result(self) -> dict[str, Any]:
        """Return what result.json holds."""
        return self._once("result", self._read_result)

    @property
    def rows(self) -> list[Row]:
        """Return the epochs, at least one: those of metrics.csv, or of the newest checkpoint if they are others."""
        return self._once("rows", self._read_rows)

    @property
    def checkpoint(self) -> tuple[Path, dict[str, Any]]:
        """Return the kept checkpoint, the best or else the last, and its content."""
        return self._once("checkpoint", self._read_checkpoint)

    @property
    def weights(self) -> dict[str, Any]:
        """Return the kept weights by name."""
        weights: dict[str, Any] = self.checkpoint[1]["state_dict"]
        return weights

    @property
    def trained(self) -> Trained:
        """Return the trained network, and images that it has not learnt from."""
        return self._once("trained", lambda: load_trained(self.checkpoint, self.section("paths").get("data_dir")))

    def section(self, name: str) -> dict[str, Any]:
        """Return a section of the settings; empty if there are none, or it is null."""
        try:
            found = self._known_settings.get(name)
        except Skipped:
            return {}
        return found if isinstance(found, dict) else {}

    def ended(self) -> dict[str, Any]:
        """Return the result, or an empty one if there is none."""
        try:
            return self.result
        except Skipped:
            return {}

    @property
    def classes(self) -> int | None:
        """Return the number of classes, if it is known."""
        number = self.section("data").get("num_classes", self.section("model").get("num_classes"))
        return number if isinstance(number, int) and number > 1 else None

    @property
    def lr(self) -> float | None:
        """Return the rate that was configured, if it is known."""
        rate = self.section("optimizer").get("lr")
        return float(rate) if isinstance(rate, int | float) and not isinstance(rate, bool) else None

    @property
    def planned(self) -> bool:
        """Return whether the schedule was planned for the whole run, so that its end belongs to it."""
        scheduler = self._known_settings.get("scheduler")
        return isinstance(scheduler, dict) and str(scheduler.get("_target_")).rpartition(".")[2] in PLANNED

    @property
    def subject(self) -> str:
        """Return what is examined, in a line."""
        ended = self.ended()
        model = ended.get("model") or str(self.section("model").get("_target_", "")).rpartition(".")[2]
        data = ended.get("dataset") or self.section("data").get("dataset", "")
        what = f": {model} on {data}" if model and data else ""
        return f"the run in {shown(self.directory)}{what}"

    def another_rate(self) -> str:
        """Return the override that finds a rate, whether the one that was set is too high or too low."""
        return "find_lr=true" if self.lr else "another learning rate: python src/diagnose.py checks=lr suggests one"

    def lower_rate(self, factor: float) -> str:
        """Return the override of a rate that is lower by a factor."""
        return f"optimizer.lr={self.lr / factor:.2g}" if self.lr else "a lower learning rate"

    def longer(self, epochs: int) -> str:
        """Return how to train longer: continue the run, or start a new one where the schedule is planned."""
        setting = f"trainer.max_epochs={epochs}"
        return setting if self.planned or not self._resumable else f"{self._resume} {setting}"

    def to_continue(self) -> str:
        """Return how to train what was not trained."""
        if not (self.directory / LAST).is_file():
            return "start it anew: it has left no checkpoint"
        return self._resume if self._resumable else f"restore {CONFIG}, then {self._resume}"

    @property
    def _resume(self) -> str:
        return resume_command(self.directory)

    @property
    def _resumable(self) -> bool:
        try:
            return (self.directory / LAST).is_file() and bool(self.settings)
        except Skipped:
            return False

    @property
    def _header(self) -> dict[str, Any]:
        return self._once("header", lambda: read_newest_header(self.directory))

    @property
    def _known_settings(self) -> dict[str, Any]:
        """The settings, or else what the newest checkpoint holds of them; none if there never were any."""
        return self._once("known settings", self._read_known_settings)

    def _read_known_settings(self) -> dict[str, Any]:
        recorded, settings = recorded_settings(self._header), dict[str, Any]()
        try:
            settings = self.settings
            others = differing_sections(settings, recorded)
            told = f"{CONFIG} has another {', '.join(others)} than the run was trained with" if others else ""
        except Skipped as reason:
            if not recorded and os.path.lexists(self.directory / CONFIG):
                raise
            told = str(reason) if recorded else ""
        if told:
            print(f"{told}; what the newest checkpoint holds is taken instead", flush=True)
        return {**settings, **recorded}

    def _read_rows(self) -> list[Row]:
        recorded = recorded_rows(self._header)
        try:
            rows = read_metrics(self.directory)
        except Skipped as reason:
            if not recorded:
                raise
            told = str(reason)
        else:
            steps, last = self.ended().get("steps"), rows[-1].get("step")
            if is_continuation(rows, recorded) and (steps is None or last is None or steps == last):
                return rows
            told = f"{METRICS} was changed or cut since the run wrote it"
            if not recorded:
                raise Skipped(told)
        print(f"{told}; the {len(recorded)} epochs that the newest checkpoint holds are taken instead", flush=True)
        return recorded

    def _read_result(self) -> dict[str, Any]:
        found = read_result(self.directory)
        if found is None:
            there = os.path.lexists(self.directory / RESULT)
            raise Skipped(f"its {RESULT} is damaged" if there else f"it has left no {RESULT}")
        return found

    def _read_checkpoint(self) -> tuple[Path, dict[str, Any]]:
        return read_first_readable(find_checkpoints("run", str(self.directory), self.directory))

    def _once(self, name: str, read: Callable[[], Read]) -> Read:
        """Return what `read` gives, and read once; a refusal is kept as well."""
        if name not in self._read:
            try:
                self._read[name] = read()
            except (UserError, OSError) as error:
                self._read[name] = Skipped(str(error).splitlines()[0])
            except Skipped as reason:
                self._read[name] = reason
        found = self._read[name]
        if isinstance(found, Skipped):
            raise found
        result: Read = found
        return result
