"""Checkpoint files: whole or not at all, the one before kept, and every changed byte noticed."""

import contextlib
import errno
import os
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from digitlab.checkpoints.format import previous
from digitlab.checkpoints.reading import read_checkpoint, read_first_readable
from digitlab.checkpoints.writing import SafeCheckpointIO
from digitlab.errors import UserError
from digitlab.system.atomic_files import remove_leftovers, write_bytes


def checkpoint(step: int) -> dict[str, Any]:
    weights = {"net.weight": torch.full((50, 40), float(step))}
    return {"state_dict": weights, "hyper_parameters": {}, "epoch": 0, "global_step": step}


def test_the_one_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "last.ckpt"
    for step in (1, 2, 3):
        SafeCheckpointIO().save_checkpoint(checkpoint(step), path)
    assert read_checkpoint(path)["global_step"] == 3
    assert read_checkpoint(previous(path))["global_step"] == 2
    assert sorted(file.name for file in path.parent.iterdir()) == ["last.ckpt", "last.previous.ckpt"]
    SafeCheckpointIO().remove_checkpoint(path)
    assert list(path.parent.iterdir()) == []


def test_the_one_before_is_kept_after_a_kill_between_keeping_and_writing(tmp_path: Path) -> None:
    path = tmp_path / "last.ckpt"
    SafeCheckpointIO().save_checkpoint(checkpoint(1), path)
    os.link(path, previous(path))  # what such a kill leaves: one file under both names
    for step in (2, 3):
        SafeCheckpointIO().save_checkpoint(checkpoint(step), path)
        assert read_checkpoint(previous(path))["global_step"] == step - 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["last.ckpt", "last.previous.ckpt"]


@pytest.mark.parametrize("broken", ["open", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "last.ckpt"
    SafeCheckpointIO().save_checkpoint(checkpoint(1), path)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, broken, full)
    with pytest.raises(OSError, match="No space left on device") as error:
        write_bytes(path, b"new")
    assert error.value.filename == str(path)
    monkeypatch.undo()
    assert read_checkpoint(path)["global_step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]


def test_leftovers_of_killed_writers_are_removed(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    leftover = tmp_path / "checkpoints" / ".last.ckpt.4711.tmp"
    leftover.write_bytes(b"half")
    (tmp_path / "result.json").write_text("{}")
    assert remove_leftovers(tmp_path) == [leftover]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["result.json"]


def test_every_changed_bit_and_every_cut_is_noticed(tmp_path: Path) -> None:
    path, rng = tmp_path / "best.ckpt", random.Random(0)
    SafeCheckpointIO().save_checkpoint(checkpoint(1), path)
    content, unnoticed = path.read_bytes(), 0
    for number in range(120):
        damaged = bytearray(content)
        if number % 3 == 0:
            del damaged[rng.randrange(len(damaged)) :]
        else:
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        with contextlib.suppress(UserError):
            loaded = read_checkpoint(path)
            # Unnoticed, so it can only have been padding between the records, which means nothing.
            assert torch.equal(loaded["state_dict"]["net.weight"], checkpoint(1)["state_dict"]["net.weight"])
            assert loaded["global_step"] == 1
            unnoticed += 1
    assert unnoticed <= 6


def test_the_newest_sound_one_is_taken_and_the_others_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / f"{name}.ckpt" for name in ("best", "best.previous", "last")]
    for step, path in enumerate(paths):
        SafeCheckpointIO().save_checkpoint(checkpoint(step), path)
    paths[0].write_bytes(paths[0].read_bytes()[:-100])
    taken, content = read_first_readable(paths)
    assert (taken, content["global_step"]) == (paths[1], 1)
    said = capsys.readouterr().out
    assert f"checkpoint={paths[0]} cannot be read" in said
    assert f"{paths[1]} is taken instead" in said
    for path in paths:
        path.write_bytes(b"gone")
    with pytest.raises(UserError, match=r"best\.ckpt cannot be read"):
        read_first_readable(paths)
