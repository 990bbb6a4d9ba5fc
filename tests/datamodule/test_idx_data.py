"""data=idx is data=mnist by another way: the same batches, the same weights, the same figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from omegaconf import DictConfig

from conftest import write_idx
from digitlab.build import build_datamodule
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.cli.checks.datasets import check_data
from digitlab.data.batch import ImageSet
from digitlab.data.storage.on_disk import ImagesOnDisk
from digitlab.datamodule import DigitDataModule, IdxDataModule
from digitlab.errors import UserError
from support.running import plain, run_evaluation, run_training
from support.states import equal

Job = Callable[..., DictConfig]
QUICK = (
    "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=2", "logger=none",
    "data.batch_size=100", "trainer.precision=32-true", "callbacks.progress=null",
)  # fmt: skip


def assert_same_images(ours: ImageSet | None, theirs: ImageSet | None) -> None:
    assert ours is not None
    assert theirs is not None
    assert isinstance(ours.images, ImagesOnDisk)
    assert torch.equal(ours.labels, theirs.labels)
    assert torch.equal(ours.images[0 : len(ours.labels)], theirs.images[0 : len(ours.labels)])


def test_the_parts_are_mnists(tiny_mnist: Path, job: Job) -> None:
    ours, theirs = build_datamodule(job("data=idx", "data.stratify=false")), DigitDataModule("mnist", tiny_mnist)
    for stage in ("fit", "test"):
        ours.setup(stage)
        theirs.setup(stage)
    for part in ("train_data", "val_data", "test_data"):
        assert_same_images(getattr(ours, part), getattr(theirs, part))


def trained(cfg: DictConfig) -> dict[str, Any]:
    run_training(cfg)
    return read_checkpoint(Path(cfg.paths.output_dir) / "checkpoints" / "last.ckpt")


def test_weights_and_figures_are_mnists_and_eval_finds_the_files_again(job: Job) -> None:
    ours = job("data=idx", "data.stratify=false", *QUICK, run="idx")
    theirs = job("data=mnist", *QUICK, run="mnist")
    one, other = trained(ours), trained(theirs)
    for part in ("state_dict", "optimizer_states", "metrics", "global_step"):
        assert equal(one[part], other[part]), part
    assert one["hyper_parameters"]["data"]["train_images"] == "MNIST/raw/train-images-idx3-ubyte"
    scores = []
    for name in ("idx", "mnist"):
        evaluation = job(f"checkpoint={ours.paths.output_dir}/../{name}", name="eval", run=f"evaluation-{name}")
        scores.append(run_evaluation(evaluation))
    assert scores[0] == scores[1]


def test_labels_must_fit_the_classes(job: Job) -> None:
    datamodule = build_datamodule(job("data=idx", "data.num_classes=9"))
    with pytest.raises(UserError, match=r"data\.num_classes must be above every label .* test part, got 9"):
        datamodule.prepare_data()


def test_a_name_of_one_kind_is_refused_by_another(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"data\.dataset=idx needs settings of its own; choose it with data="):
        DigitDataModule("idx", tmp_path)
    with pytest.raises(UserError, match=r"data\.dataset=mnist needs settings of its own"):
        IdxDataModule("mnist", tmp_path, train_images="a", train_labels="b", test_images="c", test_labels="d")


def test_each_class_has_its_share_of_the_validation_part(job: Job) -> None:
    datamodule = build_datamodule(job("data=idx"))
    datamodule.setup("fit")
    train_data, val_data = datamodule.train_data, datamodule.val_data
    assert train_data is not None
    assert val_data is not None
    counts = torch.cat([train_data.labels, val_data.labels]).bincount()
    assert val_data.labels.bincount().tolist() == [round(count / 12) for count in counts.tolist()]


def test_a_class_too_small_for_the_cut_is_named(tmp_path: Path, job: Job) -> None:
    labels = np.repeat(np.arange(3, dtype=np.uint8), [9, 1, 9])
    for part in ("train", "t10k"):
        write_idx(tmp_path / f"{part}-labels", labels)
        write_idx(tmp_path / f"{part}-images", np.zeros((19, 28, 28), dtype=np.uint8))
    files = [f"data.{part}_{kind}={tmp_path}/{prefix}-{kind}" for part, prefix in (("train", "train"), ("test", "t10k"))
             for kind in ("images", "labels")]  # fmt: skip
    cfg = job("data=idx", "data.num_classes=5", *files)
    for refuse in (build_datamodule(cfg).setup, lambda part: check_data(plain(cfg.data), "/", "train")):
        with pytest.raises(
            UserError, match=r"^data\.stratify=true .* fewer: 1 \(1\); add some, .*data\.stratify=false$"
        ):
            refuse("fit")
    for options in ("data.stratify=false", "data.val_share=null"):
        cfg = job("data=idx", "data.num_classes=5", *files, options)
        build_datamodule(cfg).setup("fit")
        check_data(plain(cfg.data), "/", "train")
