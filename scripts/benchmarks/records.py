"""Figures on disk, with the conditions under which they were taken."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitlab.runs.environment import describe_environment
from digitlab.system.atomic_files import write_json


class Record:
    """A file of figures that grows, and that a later call may continue.

    Args:
        path: The file; what it holds is kept.
        suite: Name of the suite.
        work: What is measured, in a line.
        settings: All that the figures depend on and that was chosen by argument.

    Raises:
        ValueError: If the file holds figures of another suite or of other settings.
    """

    def __init__(self, path: Path, suite: str, work: str, settings: Mapping[str, Any]) -> None:
        self.path = path
        own = {"suite": suite, "settings": json.loads(json.dumps(settings, default=str))}
        self.content: dict[str, Any] = {**own, "work": work, "sessions": [], "contests": {}}
        if path.exists():
            self.content = json.loads(path.read_text(encoding="utf-8"))
            for key, value in own.items():
                if self.content.get(key) != value:
                    raise ValueError(f"{path} has {key} {self.content.get(key)}, this command has {value}")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.session = {**describe_environment(), "threads": settings.get("threads"), "load_before": load()}
        self.content["sessions"].append(self.session)

    def runs(self, contest: str) -> dict[str, list[dict[str, Any]]]:
        """Return the runs of a contest by contender; what is added is kept."""
        return self.content["contests"].setdefault(contest, {})

    def keep(self) -> None:
        """Write everything so far."""
        write_json(self.path, self.content)

    def close(self) -> None:
        """Note how busy the machine was at the end."""
        self.session["load_after"] = load()
        self.keep()


def load() -> float:
    """Return the load average of the last minute."""
    return round(os.getloadavg()[0], 2)
