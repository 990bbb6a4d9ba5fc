"""data=image_folder: folders of pictures become parts and classes, train, resume and are found by eval."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig
from PIL import Image

from conftest import make_digits, run_warm
from digitlab.build import build_datamodule
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.cli.checks.checkpoints import check_tested
from digitlab.errors import UserError
from support.pictures import QUICK, content
from support.running import plain, run_evaluation, run_training
from support.states import equal

Job = Callable[..., DictConfig]


def test_parts_with_a_folder_are_what_is_in_it(folder_job: Job, data_dir: Path) -> None:
    datamodule = build_datamodule(folder_job(*QUICK, "data.folder=parts"))
    datamodule.prepare_data()
    datamodule.setup("fit")
    datamodule.setup("test")
    parts = (datamodule.train_data, datamodule.val_data, datamodule.test_data)
    assert [len(part.labels) for part in parts if part] == [120, 30, 60]
    for part, seed in zip(parts, (1, 2, 3), strict=True):
        images, labels = make_digits(len(part.labels), seed, 3)
        assert content(part) == {image.tobytes() for image in images}
        assert part.labels.bincount().tolist() == torch.from_numpy(labels).bincount().tolist()
        assert part.labels.diff().min() >= 0  # by class, as listed


def test_parts_without_a_folder_are_cut_the_same_way_each_time(folder_job: Job) -> None:
    seen = []
    for stages in (("fit", "test"), ("test", "fit")):
        datamodule = build_datamodule(folder_job(*QUICK, "data.folder=whole", f"seed={len(seen)}"))
        for stage in stages:
            datamodule.setup(stage)
        seen.append([content(part) for part in (datamodule.train_data, datamodule.val_data, datamodule.test_data)])
    assert seen[0] == seen[1]
    assert [len(part) for part in seen[0]] == [109, 11, 20]  # of each class 1/7, then 1/12 of the rest
    assert len(set.union(*seen[0])) == 140


def test_null_share_leaves_the_validation_folder_alone(folder_job: Job) -> None:
    datamodule = build_datamodule(folder_job(*QUICK, "data.folder=parts", "data.val_share=null"))
    datamodule.setup("fit")
    assert datamodule.val_data is None
    assert datamodule.train_data is not None
    assert len(datamodule.train_data.labels) == 120


def test_classes_come_from_the_folders_and_go_with_the_checkpoint(folder_job: Job, data_dir: Path) -> None:
    cfg = folder_job(*QUICK, "data.folder=parts")
    assert (cfg.data.num_classes, cfg.model.num_classes, plain(cfg).get("model")["num_classes"]) == (3, 3, 3)
    run_training(cfg)
    run = Path(cfg.paths.output_dir)
    data = read_checkpoint(run / "checkpoints" / "last.ckpt")["hyper_parameters"]["data"]
    assert (data["classes"], data["num_classes"], data["folder"]) == (["class0", "class1", "class2"], 3, "parts")
    evaluation = folder_job(f"checkpoint={run}", name="eval", run="evaluation")
    accuracy = run_evaluation(evaluation)
    assert accuracy is not None
    assert accuracy > 0.8

    shutil.rmtree(data_dir / "parts" / "train")  # elsewhere there is only something to test with, of some classes
    shutil.rmtree(data_dir / "parts" / "val")
    shutil.rmtree(data_dir / "parts" / "test" / "class0")
    fewer = folder_job(f"checkpoint={run}", name="eval", run="fewer")
    assert run_evaluation(fewer) > 0.8
    (data_dir / "parts" / "test" / "class1").rename(data_dir / "parts" / "test" / "class7")
    with pytest.raises(UserError, match=r"test/class7 is none of the classes class0, class1, class2"):
        run_evaluation(folder_job(f"checkpoint={run}", name="eval", run="stranger"))
    with pytest.raises(UserError, match=r"data\.folder: .*parts holds test/ and no train/; add it"):
        build_datamodule(plain(cfg)).setup("fit")


def test_other_names_are_other_classes(folder_job: Job, data_dir: Path) -> None:
    cfg = folder_job(*QUICK, "data.folder=parts", "trainer.max_epochs=1", "trainer.limit_train_batches=2")
    run_training(cfg)
    (data_dir / "whole" / "class2").rename(data_dir / "whole" / "dog")
    arguments = (f"checkpoint={cfg.paths.output_dir}", "data=image_folder", "data.folder=whole")
    with pytest.raises(
        UserError, match=r"knows the classes class0, class1, class2, and data\.folder=whole has .*, dog"
    ):
        check_tested(plain(folder_job(*arguments, name="eval", run="other")))


def test_a_resumed_run_with_other_threads_ends_in_the_same_bits(folder_job: Job, data_dir: Path) -> None:
    whole = folder_job(*QUICK, "data.folder=whole", "data.workers=0", "checkpoint_every.steps=1", run="whole")
    run_training(whole)
    expected = read_checkpoint(Path(whole.paths.output_dir) / "checkpoints" / "last.ckpt")

    short = folder_job(*QUICK, "data.folder=whole", "data.workers=0", "checkpoint_every.steps=1", run="cut")
    from digitlab.errors import Interrupted
    from digitlab.module import DigitModule

    step, steps = DigitModule.training_step, []

    def stop(self: DigitModule, *arguments: object) -> torch.Tensor:
        steps.append(1)
        if len(steps) == 10:
            raise Interrupted(15)
        return step(self, *arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DigitModule, "training_step", stop)
        with pytest.raises(Interrupted):
            run_training(short)
    shutil.rmtree(data_dir / ".decoded")
    short.resume, short.data.workers = short.paths.output_dir, 2
    run_training(short)
    ended = read_checkpoint(Path(short.paths.output_dir) / "checkpoints" / "last.ckpt")
    for part in ("state_dict", "optimizer_states", "lr_schedulers", "metrics", "global_step"):
        assert equal(expected[part], ended[part]), part


ODD = (
    "null", "yes", "1", "0x10", "1e3", "a b", "a,b", "a=b", "[x]", "{y}", "#z", "'q'", '"d"', "é", "日本", "a:b", "*s",
    "&amp", "%d", "~t", "!u", "|v", "$HOME", "\\back", "-m", "None", "[bold]", "a" * 200, "²", "🙂",
    "\u0645\u06cc\u200c\u062e\u0648", "a\u00a0b",
)  # fmt: skip


def test_odd_names_of_classes_work_to_the_end(folder_job: Job, data_dir: Path) -> None:
    for name in ODD:
        for number in range(4):
            (data_dir / "odd" / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(make_digits(1, number)[0][0]).save(data_dir / "odd" / name / f"{number}.png")
    cfg = folder_job(*QUICK, "data.folder=odd", "trainer.max_epochs=1")
    assert list(cfg.data.classes) == sorted(ODD)
    run_training(cfg)
    evaluation = folder_job(f"checkpoint={cfg.paths.output_dir}", name="eval", run="evaluation")
    assert check_tested(plain(evaluation))["classes"] == sorted(ODD)
    assert run_evaluation(evaluation) is not None


def test_what_is_left_out_is_said_once(folder_job: Job, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(38):
        (data_dir / "whole" / "class1" / f"{number}.heic").touch()
    for folder in ("class0/.ipynb_checkpoints", "class2/@eaDir"):
        shutil.copytree(data_dir / "whole" / "class0", data_dir / "whole" / folder, dirs_exist_ok=True)
    for _ in range(2):
        datamodule = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
        datamodule.prepare_data()
        datamodule.setup("fit")
        datamodule.setup("test")
    assert sum(len(part.labels) for part in (datamodule.train_data, datamodule.val_data, datamodule.test_data)) == 140
    lines = [line for line in capsys.readouterr().out.splitlines() if "left out" in line]
    assert len(lines) == 1
    assert lines[0].startswith("data.folder=whole: left out: suffix .heic: 38 (class1/")
    assert "; hidden, or of a system: 2 (class0/.ipynb_checkpoints)" in lines[0]


def test_parts_by_their_other_names(folder_job: Job, data_dir: Path) -> None:
    for old, new in (("train", "Training"), ("val", "valid"), ("test", "TESTING")):
        (data_dir / "parts" / old).rename(data_dir / "parts" / new)
    datamodule = build_datamodule(folder_job(*QUICK, "data.folder=parts"))
    datamodule.setup("fit")
    datamodule.setup("test")
    parts = (datamodule.train_data, datamodule.val_data, datamodule.test_data)
    assert [len(part.labels) for part in parts if part] == [120, 30, 60]


def test_every_class_is_in_every_part(folder_job: Job, data_dir: Path) -> None:
    for number in range(3):
        (data_dir / "whole" / "rare").mkdir(exist_ok=True)
        shutil.copy(data_dir / "whole" / "class0" / sorted(os.listdir(data_dir / "whole" / "class0"))[number],
                    data_dir / "whole" / "rare")  # fmt: skip
    for seed in range(10):
        datamodule = build_datamodule(folder_job(*QUICK, "data.folder=whole", f"data.split_seed={seed}"))
        datamodule.setup("fit")
        datamodule.setup("test")
        for part in (datamodule.train_data, datamodule.val_data, datamodule.test_data):
            assert part is not None
            assert part.labels.bincount(minlength=4)[3] == 1
    (data_dir / "whole" / "rare" / os.listdir(data_dir / "whole" / "rare")[0]).unlink()
    datamodule = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
    with pytest.raises(UserError, match=r"^data\.stratify=true gives each of 3 parts .*: rare \(2\); add some"):
        datamodule.setup("fit")


def test_there_may_be_more_classes_than_folders(folder_job: Job) -> None:
    datamodule = build_datamodule(folder_job(*QUICK, "data.folder=whole", "data.num_classes=5"))
    datamodule.setup("fit")
    assert datamodule.train_data is not None
    assert len(datamodule.train_data.labels) == 109


def test_a_home_that_there_is_not_here_is_no_fault_of_the_checkpoint(folder_job: Job) -> None:
    datamodule = build_datamodule(folder_job(*QUICK, "data.folder=whole"))
    datamodule.test_unseen({"dataset": "image_folder", "folder": "~nobody-here/pictures"}, None)
    datamodule.setup("test")
    assert datamodule.test_data is not None
    assert len(datamodule.test_data.labels) == 140


def test_the_command_refuses_in_one_line(tmp_path: Path) -> None:
    done = run_warm("train.py", "data=image_folder", "data.folder=pics", f"paths.data_dir={tmp_path}")
    assert done.returncode == 2
    assert done.stderr.startswith("digitlab: data.folder=pics: ")
    assert done.stderr.count("\n") == 1
