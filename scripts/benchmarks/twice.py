"""The same training twice in one process: `python -m benchmarks.twice <file for the figures> <overrides>`."""

import json
import sys
import tempfile
from pathlib import Path

from hydra import compose, initialize_config_dir

import digitlab.cli.app  # noqa: F401 - registers the resolvers that the configuration uses
from digitlab.paths import CONF_DIR
from digitlab.runs.directories import read_result
from digitlab.system.atomic_files import write_json
from digitlab.system.trust import trust
from support.running import run_training

TIMES = 2


def main() -> None:
    """Train, and leave a list with the result of each training."""
    target, *overrides = sys.argv[1:]
    results = []
    trust("benchmarks")  # the clock among the callbacks
    with tempfile.TemporaryDirectory() as root, initialize_config_dir(str(CONF_DIR), version_base="1.3"):
        for number in range(TIMES):
            directory = Path(root) / str(number)
            directory.mkdir()
            paths = (f"paths.output_dir={directory}", f"paths.output_root={root}")
            figures = directory / "clock.json"
            clock = ("+callbacks.clock._target_=benchmarks.clock.Clock", f"+callbacks.clock.path={figures}")
            run_training(compose("train", overrides=[*overrides, *paths, *clock]))
            results.append({**(read_result(directory) or {}), **json.loads(figures.read_text())})
    write_json(Path(target), results)


if __name__ == "__main__":
    main()
