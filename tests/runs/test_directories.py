"""How runs are found."""

import os
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from digitlab.errors import UserError
from digitlab.runs.directories import find_checkpoints, run_name, stamp


def make_run(path: Path, *names: str, age: float = 0) -> Path:
    for name in names:
        file = path / "checkpoints" / f"{name}.ckpt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        os.utime(file, (1_700_000_000 - age, 1_700_000_000 - age))
    return path


def test_one_process_has_one_stamp() -> None:
    assert stamp() == stamp()


@pytest.mark.parametrize(
    ("name", "choices", "typed", "label"),
    [
        (None, {"model": "cnn", "data": "mnist"}, [], "cnn-mnist"),
        (None, {"model": "digit_classifier", "data": None}, [], "digit_classifier"),
        (None, {"data": "mnist"}, [], "mnist"),
        (None, {}, [], ""),
        (None, {"model": "my/größe=[1]", "data": "mnist"}, [], "my-gr-e-1-mnist"),
        (None, {"model": "cnn", "data": "mnist"}, ["model._target_=somebody.nets.Wide"], "Wide-mnist"),
        ("try-2", {"model": "cnn", "data": "mnist"}, [], "try-2"),
        (7, {"model": "cnn", "data": "mnist"}, [], "7"),
        ("x" * 90, {}, [], "x" * 60),
    ],
)
def test_a_run_is_called_by_what_was_chosen(
    name: str | int | None, choices: dict[str, str | None], typed: list[str], label: str
) -> None:
    config = OmegaConf.create({"name": name, "hydra": {"runtime": {"choices": choices}, "overrides": {"task": typed}}})
    start, suffix = stamp().rsplit("-", 1)
    assert run_name("model", "data", _root_=config) == "-".join(filter(None, (start, label, suffix)))


def test_a_file_a_run_and_latest(tmp_path: Path) -> None:
    old = make_run(tmp_path / "train" / "2026-01-02_00-00-00-aaaaaa", "best", "last", age=50)
    new = make_run(tmp_path / "train" / "2026-01-01_00-00-00-bbbbbb", "last", age=10)
    assert find_checkpoints("checkpoint", str(old / "checkpoints" / "last.ckpt"), tmp_path)[0].name == "last.ckpt"
    assert find_checkpoints("checkpoint", str(old), tmp_path)[0] == old / "checkpoints" / "best.ckpt"
    assert find_checkpoints("checkpoint", str(new), tmp_path)[0] == new / "checkpoints" / "last.ckpt"
    assert find_checkpoints("checkpoint", "latest", tmp_path)[0] == new / "checkpoints" / "last.ckpt"


def test_latest_finds_jobs_of_sweeps_and_takes_their_best(tmp_path: Path) -> None:
    make_run(tmp_path / "train" / "2026-01-01_00-00-00-aaaaaa", "best", age=5)
    job = make_run(tmp_path / "train" / "sweeps" / "2026-01-01_00-00-00-bbbbbb" / "3", "last")
    make_run(job, "best", age=100)  # an early best does not make a run old
    assert find_checkpoints("checkpoint", "latest", tmp_path)[0] == job / "checkpoints" / "best.ckpt"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("nowhere.ckpt", "does not exist; give a checkpoint file, a run directory, or latest"),
        ("latest", "no run below .* has a checkpoint; train one first"),
        ("https://example.org/best.ckpt", "only files on this machine are read"),
        (".", r"is a folder without checkpoints/best\.ckpt"),
    ],
)
def test_what_is_not_there_is_said(reference: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"checkpoint={reference}.*{message}"):
        find_checkpoints("checkpoint", reference, tmp_path)
