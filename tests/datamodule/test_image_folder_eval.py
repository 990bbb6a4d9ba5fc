"""Which pictures are tested by a model that has learnt these, or others, or these before they changed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig
from PIL import Image

from conftest import make_digits
from digitlab.build import build_datamodule
from digitlab.errors import UserError
from support.pictures import QUICK, content
from support.running import run_evaluation, run_training

Job = Callable[..., DictConfig]


def score_of(folder_job: Job, run: object, *overrides: str, name: str) -> float | None:
    cfg = folder_job(f"checkpoint={run}", *overrides, name="eval", run=name)
    return run_evaluation(cfg)


def test_eval_tests_all_pictures_of_other_data_and_says_so(
    folder_job: Job, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A seventh of them was tested, without a word."""
    cfg = folder_job(*QUICK, "data.folder=whole", "trainer.max_epochs=1", run="whole")
    run_training(cfg)
    run = cfg.paths.output_dir
    capsys.readouterr()
    kept = score_of(folder_job, run, name="same")
    assert "data.folder=whole: tests 20 of 140 pictures, those that were kept from training" in capsys.readouterr().out
    typed = ("data=image_folder", "data.folder=whole", "data.test_share=0.9", "data.split_seed=7")
    assert score_of(folder_job, run, *typed, name="typed") == kept  # whatever is typed, what was learnt is not tested
    assert "data.folder=whole: tests" not in capsys.readouterr().out  # said already
    shutil.copytree(data_dir / "whole", data_dir / "moved")
    (data_dir / "moved" / "class0" / sorted(os.listdir(data_dir / "moved" / "class0"))[0]).unlink()
    score_of(folder_job, run, "data=image_folder", "data.folder=moved", name="other")
    said = capsys.readouterr().out
    assert "data.folder=moved: tests 139 of 139 pictures, all, since the model was trained on other data" in said
    score_of(folder_job, run, "data=image_folder", "data.folder=parts", name="parts")
    assert "data.folder=parts: tests 60 of 210 pictures, those of its test folder" in capsys.readouterr().out


def test_pictures_that_moved_are_known_by_their_fingerprint(folder_job: Job, data_dir: Path) -> None:
    first = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
    first.setup("fit")
    shutil.copytree(data_dir / "whole", data_dir / "moved")
    for fingerprint, count in ((first.fingerprint(), 20), (None, 140), ({"contents": {"train": "0"}}, 140)):
        datamodule = build_datamodule(folder_job(*QUICK, "data.folder=moved"))
        datamodule.test_unseen({"dataset": "image_folder", "folder": "whole", "test_share": 1 / 7, "split_seed": 0,
                                "stratify": True}, fingerprint)  # fmt: skip
        datamodule.prepare_data()
        datamodule.setup("test")
        assert datamodule.test_data is not None
        assert len(datamodule.test_data.labels) == count


def test_pictures_that_have_changed_since_the_training_are_not_cut_anew(folder_job: Job, data_dir: Path) -> None:
    """They were, and tested were pictures that the model had learnt from."""
    trained = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
    trained.setup("fit")
    trained_on = {"dataset": "image_folder", "folder": "whole", "test_share": 1 / 7, "split_seed": 0, "stratify": True}
    Image.fromarray(make_digits(1, 9)[0][0]).save(data_dir / "whole" / "class0" / "0000-new.png")
    now = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
    with pytest.raises(UserError, match=r"^data\.folder=whole: its pictures have changed since the model was trained"):
        now.test_unseen(trained_on, trained.fingerprint())
    for unknown in (None, {"labels": 3, "contents": 3}, [1]):  # of an older checkpoint, or of a stranger's
        now.test_unseen(trained_on, unknown)


def test_pictures_with_other_bytes_than_at_the_training_are_said(
    folder_job: Job, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
    trained.setup("fit")
    trained_on = {"dataset": "image_folder", "folder": "whole", "test_share": 1 / 7, "split_seed": 0, "stratify": True}
    first = min((data_dir / "whole" / "class0").iterdir())
    first.rename(first.with_name("zzz.png"))
    now = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
    now.test_unseen(trained_on, trained.fingerprint())
    now.prepare_data()
    said = "kept from training if each is in its old place: they are not the same bytes as then"
    assert said in capsys.readouterr().out


def test_a_checkpoint_without_the_key_was_cut_without_the_classes(folder_job: Job) -> None:
    """Its test pictures are those that it never learnt from, as the cut was made then."""
    then = build_datamodule(folder_job(*QUICK, "data.folder=whole", "data.stratify=false"))
    then.setup("test")
    now = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
    now.test_unseen({"dataset": "image_folder", "folder": "whole", "test_share": 1 / 7, "split_seed": 0})
    now.setup("test")
    assert content(now.test_data) == content(then.test_data)
