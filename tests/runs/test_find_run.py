"""Finding a run that is over, whatever it has left."""

import os
from pathlib import Path

import pytest

from digitlab.errors import UserError
from digitlab.runs.find_run import find_run


def run_at(place: Path, written: int, *more: str) -> Path:
    """Make a run directory whose newest file is of a certain time."""
    place.mkdir(parents=True)
    for name in ("config.yaml", *more):
        (place / name).write_text("seed: 1\n")
        os.utime(place / name, (written, written))
    return place


def test_a_directory_or_a_checkpoint_in_it(tmp_path: Path) -> None:
    run = run_at(tmp_path / "run", 1)
    (run / "checkpoints").mkdir()
    (run / "checkpoints" / "best.ckpt").touch()
    assert find_run("run", str(run), tmp_path) == run
    assert find_run("run", str(run / "checkpoints" / "best.ckpt"), tmp_path) == run


def test_the_latest_is_the_one_that_wrote_last(tmp_path: Path) -> None:
    run_at(tmp_path / "train" / "a", 5)
    run_at(tmp_path / "train" / "sweeps" / "s" / "0", 4)
    longest = run_at(tmp_path / "train" / "b", 3)
    (longest / "metrics.csv").write_text("epoch\n")  # its first epoch ended after the others had begun
    (tmp_path / "train" / "no-run").mkdir()
    run_at(tmp_path / "eval" / "c", 2_000_000_000)
    assert find_run("run", "latest", tmp_path) == longest


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("latest", r"^run=latest: there is no run below .*train; train one first$"),
        ("nowhere", r"^run=nowhere does not exist; give a run directory, or latest$"),
        (
            ".",
            r"^run=\. holds nothing of a run: no config\.yaml, result\.json, metrics\.csv or checkpoints/last\.ckpt$",
        ),
        ("~nobodyofthename/x", r"^run=~nobodyofthename/x: there is no such home folder"),
    ],
)
def test_what_is_none_is_refused(reference: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=said):
        find_run("run", reference, tmp_path)
