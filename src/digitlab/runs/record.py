"""What every run leaves in its directory, however it ends."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digitlab.errors import Diverged, Interrupted
from digitlab.runs.config_file import write_config
from digitlab.runs.directories import ENVIRONMENT, RESULT
from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import with_checksum


@contextlib.contextmanager
def recorded(settings: dict[str, Any], environment: dict[str, Any], *, write: bool) -> Iterator[dict[str, Any]]:
    """Write `config.yaml` and `environment.json` at once and `result.json` when the block is left.

    Yields:
        The result, to be filled by the block. `status` is set here: ok, interrupted, or diverged or failed, with
        the `error`.

    Args:
        settings: Of the run, plain and resolved; its `paths.output_dir` is the run directory.
        environment: From `describe_environment`.
        write: False in all but the first of several processes.
    """
    directory = Path(settings["paths"]["output_dir"])
    if write:
        (directory / RESULT).unlink(missing_ok=True)  # of the start before: this run has no result yet
        write_config(directory, settings)
        write_json(directory / ENVIRONMENT, environment)
    result: dict[str, Any] = {"status": "ok"}
    try:
        yield result
    except BaseException as error:
        result.update(_ending(error))
        raise
    finally:
        if write:
            write_json(directory / RESULT, with_checksum(result))


def record_ending(directory: Path, error: BaseException) -> None:
    """Write the `result.json` of a run that has ended before anything else was recorded, if it has a directory."""
    if not (directory / RESULT).exists():
        with contextlib.suppress(OSError):  # there is no directory yet, or a full disk is what ended it
            write_json(directory / RESULT, with_checksum(_ending(error)))


def _ending(error: BaseException) -> dict[str, Any]:
    if isinstance(error, Diverged):
        return {"status": "diverged", "error": str(error)}
    if isinstance(error, KeyboardInterrupt | Interrupted):
        return {"status": "interrupted"}
    return {"status": "failed", "error": f"{type(error).__name__}: {error}"}
