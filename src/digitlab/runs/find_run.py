"""Finding a run directory, whatever became of the run: finished, stopped, diverged or killed before a checkpoint."""

from pathlib import Path

from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import CONFIG, LAST, RESULT, SWEEPS, expanded

LEFT = (CONFIG, RESULT, "metrics.csv", LAST)  # by the newest of which a run is dated


def find_run(key: str, reference: str, output_root: str | Path) -> Path:
    """Return the directory of the run that a person means.

    Args:
        key: What was typed in front of the reference, for the message.
        reference: A run directory; a checkpoint in one; or "latest", the newest training run, in a sweep or not.
        output_root: The folder with all runs.

    Raises:
        UserError: If there is none.
    """
    path = expanded(key, reference)
    directory = path.parent.parent if path.is_file() else path
    if _left(directory):
        return directory.absolute()
    if path.exists():
        raise UserError(f"{key}={reference} holds nothing of a run: no {', '.join(LEFT[:-1])} or {LEFT[-1]}")
    if reference != "latest":
        raise UserError(f"{key}={reference} does not exist; give a run directory, or latest")
    train = Path(output_root) / "train"
    runs = [run for pattern in ("*", f"{SWEEPS}/*/*") for run in train.glob(pattern) if _left(run)]
    if not runs:
        raise UserError(f"{key}=latest: there is no run below {shown(train)}; train one first")
    return max(runs, key=_order).absolute()


def _order(run: Path) -> tuple[int, str]:
    return max(file.stat().st_mtime_ns for file in _left(run)), str(run)


def _left(run: Path) -> list[Path]:
    return [run / name for name in LEFT if (run / name).is_file()]
