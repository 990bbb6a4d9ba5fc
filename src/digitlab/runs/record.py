"""What every run leaves in its directory, however it ends."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digitlab.errors import Diverged, Interrupted
from digitlab.runs.config_file import write_config
from digitlab.runs.directories import DIVERGED, ENVIRONMENT, FAILED, INTERRUPTED, OK, RESULT
from digitlab.runs.environment import describe_environment
from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import with_checksum

LONGEST_ERROR = 4096  # characters of it that are kept


@contextlib.contextmanager
def recorded(settings: dict[str, Any], facts: dict[str, Any], *, write: bool) -> Iterator[dict[str, Any]]:
    """Write `config.yaml` and `environment.json` at once and `result.json` when the block is left.

    A figure that is no finite number is null in it; if it is a loss or the monitored metric, the run has diverged.

    Yields:
        The result, to be filled by the block. `status` is set here: ok, interrupted, or diverged or failed, with
        the `error`.

    Args:
        settings: Of the run, plain and resolved; its `paths.output_dir` is the run directory.
        facts: What environment.json is to hold of device and threads.
        write: False in all but the first of several processes.

    Raises:
        Diverged: If a loss or the monitored metric has ended as no finite number.
    """
    directory, monitor = Path(settings["paths"]["output_dir"]), settings.get("monitor")
    if write:
        (directory / RESULT).unlink(missing_ok=True)  # of the start before: this run has no result yet
        write_config(directory, settings)
        write_json(directory / ENVIRONMENT, {**describe_environment(), **facts})
    result: dict[str, Any] = {"status": OK}
    try:
        yield result
        for name, value in result.items():  # finite weights can have grown so large that it overflows
            if (name == monitor or name.endswith("/loss")) and isinstance(value, float) and not math.isfinite(value):
                raise Diverged(f"{name} became {value}; try a lower optimizer.lr")
    except BaseException as error:
        result.update(_ending(error))
        raise
    finally:
        if write:
            write_result(directory, result)


def write_result(directory: Path, result: dict[str, Any]) -> None:
    """Write the `result.json` of a run, or replace it."""
    write_json(directory / RESULT, with_checksum(_writable(result)))


def record_ending(directory: Path, error: BaseException) -> None:
    """Write the `result.json` of a run that has ended before anything else was recorded, if it has a directory."""
    if not (directory / RESULT).exists():
        with contextlib.suppress(OSError):  # there is no directory yet, or a full disk is what ended it
            write_result(directory, _ending(error))


def _ending(error: BaseException) -> dict[str, Any]:
    if isinstance(error, Diverged):
        return {"status": DIVERGED, "error": str(error)}
    if isinstance(error, KeyboardInterrupt | Interrupted):
        return {"status": INTERRUPTED}
    return {"status": FAILED, "error": f"{type(error).__name__}: {error}"[:LONGEST_ERROR]}


def _writable(value: Any) -> Any:
    """Return plain data as JSON can hold it: what is no finite number is null there."""
    if isinstance(value, dict):
        return {key: _writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
