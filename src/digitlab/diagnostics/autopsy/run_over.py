"""What a run has left, read once and with the limits that hold for anybody's files; what is missing skips a check."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from digitlab.checkpoints.reading import read_first_readable
from digitlab.diagnostics.autopsy.behaviour import Trained, load_trained
from digitlab.diagnostics.autopsy.metrics_file import METRICS, Row, read_metrics
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
        """Return the epochs, at least one."""
        return self._once("rows", lambda: read_metrics(self.directory))

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
            found = self.settings.get(name)
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
        return str(self.section("scheduler").get("_target_")).rpartition(".")[2] in PLANNED

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
        if self.planned or not (self.directory / LAST).is_file():
            return setting
        return f"{self.resume()} {setting}"

    def resume(self) -> str:
        """Return the command that continues the run."""
        return resume_command(self.directory)

    def _read_result(self) -> dict[str, Any]:
        found = read_result(self.directory)
        if found is None:
            there = (self.directory / RESULT).is_file()
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
