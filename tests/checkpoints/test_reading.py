"""Reading checkpoints: ours with their weights, others with one line, hostile ones without harm."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from digitlab.checkpoints.reading import read_checkpoint, restore_datamodule, restore_module
from digitlab.errors import UserError
from digitlab.module import DigitModule


def content(**changes: Any) -> dict[str, Any]:
    """Return what a checkpoint of a small MLP holds."""
    parameters = {
        "model": {"_target_": "digitlab.nets.MLP", "hidden_sizes": [4]},
        "data": {"dataset": "mnist", "num_classes": 10, "mean": 0.1307, "std": 0.3081},
        "optimizer": None,
        "scheduler": None,
    }
    module = DigitModule(**parameters)
    return {
        "state_dict": module.state_dict(),
        "hyper_parameters": parameters,
        "epoch": 0,
        "global_step": 1,
        **changes,
    }


def test_weights_come_back(tmp_path: Path) -> None:
    path, ours = tmp_path / "ours.ckpt", content()
    torch.save(ours, path)
    module = restore_module(read_checkpoint(path), path)
    assert not module.training
    for name, value in module.state_dict().items():
        assert torch.equal(value, ours["state_dict"][name])


class Hostile:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


def test_a_hostile_pickle_runs_nothing(tmp_path: Path) -> None:
    path, trace = tmp_path / "hostile.ckpt", tmp_path / "trace"
    torch.save({**content(), "extra": Hostile(trace)}, path)
    with pytest.raises(UserError, match=r"names .*system, which could run code"):
        read_checkpoint(path)
    assert not trace.exists()
    torch.load(path, weights_only=False)
    assert trace.exists(), "the test's own weapon is blunt"


def test_a_hostile_target_runs_nothing(tmp_path: Path) -> None:
    path, trace = tmp_path / "hostile.ckpt", tmp_path / "trace"
    hostile = content()
    hostile["hyper_parameters"]["model"] = {"_target_": "os.system", "command": f"touch {trace}"}
    torch.save(hostile, path)
    with pytest.raises(UserError, match="not allowed"):
        restore_module(read_checkpoint(path), path)
    assert not trace.exists()


@pytest.mark.parametrize("damage", ["text", "empty", "truncated"])
def test_damaged_files_are_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "damaged.ckpt"
    torch.save(content(), path)
    whole = path.read_bytes()
    path.write_bytes({"text": b"hello", "empty": b"", "truncated": whole[: len(whole) // 2]}[damage])
    with pytest.raises(UserError, match=r"checkpoint=.*damaged\.ckpt cannot be read"):
        read_checkpoint(path)


@pytest.mark.parametrize("foreign", [{"weights": torch.zeros(2)}, [1, 2]])
def test_foreign_files_are_refused(tmp_path: Path, foreign: Any) -> None:
    torch.save(foreign, tmp_path / "foreign.ckpt")
    with pytest.raises(UserError, match="was not written by digitlab"):
        read_checkpoint(tmp_path / "foreign.ckpt")


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mixed.ckpt"
    torch.save(content(state_dict={"net.layers.1.weight": torch.zeros(3, 3)}), path)
    with pytest.raises(UserError, match="its weights do not fit its model"):
        restore_module(read_checkpoint(path), path)


def test_a_model_far_larger_than_its_file_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path, huge = tmp_path / "huge.ckpt", content()
    huge["hyper_parameters"]["model"]["hidden_sizes"] = [10**9, 10**9]  # four million terabytes
    torch.save(huge, path)
    with pytest.raises(UserError, match=r"do not fit its model: .* is \[4, 784\] in the file and \[1000000000, 784\]"):
        restore_module(read_checkpoint(path), path)


def test_weights_that_claim_more_bytes_than_they_have_are_refused(tmp_path: Path) -> None:
    path, thin = tmp_path / "thin.ckpt", content()
    thin["state_dict"]["net.layers.1.weight"] = torch.zeros(1).expand(4, 784)
    torch.save(thin, path)
    with pytest.raises(UserError, match="it holds a tensor that says it is larger than its bytes"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"hyper_parameters": {"lr": 1}},
        {"hyper_parameters": [1]},
        {"hyper_parameters": {"model": "resnet", "data": {}}},
        {"state_dict": [1, 2]},
        {"memory_format": "rows"},
        {"memory_format": []},
    ],
)
def test_checkpoints_of_other_programs_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "foreign.ckpt"
    torch.save(content(**changes), path)
    with pytest.raises(UserError, match="was not written by digitlab"):
        restore_module(read_checkpoint(path), path)


def test_data_of_other_programs_is_refused(tmp_path: Path) -> None:
    ours = content()
    assert restore_datamodule(ours, tmp_path).dataset == "mnist"  # type: ignore[attr-defined]
    ours["hyper_parameters"]["data"]["colour"] = "green"
    with pytest.raises(UserError, match="colour"):
        restore_datamodule(ours, tmp_path)


def test_where_to_write_and_by_how_many_threads_is_not_the_checkpoints_to_say(tmp_path: Path) -> None:
    ours = content()
    ours["hyper_parameters"]["data"] = {
        "_target_": "digitlab.datamodule.FolderDataModule",
        "dataset": "image_folder", "folder": "pictures", "classes": ["a", "b"], "num_classes": 2,
        "mean": 0.5, "std": 0.5,
        "kept_in": str(tmp_path / "victim"), "workers": 1000,
    }  # fmt: skip
    datamodule: Any = restore_datamodule(ours, tmp_path)
    assert (datamodule.kept_in, datamodule.workers) == (None, None)
