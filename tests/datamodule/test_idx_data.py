"""data=idx is data=mnist by another way: the same batches, the same weights, the same figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import DictConfig

from digitlab.build import build_datamodule
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.data.batch import ImageSet
from digitlab.data.storage.on_disk import ImagesOnDisk
from digitlab.datamodule import DigitDataModule, IdxDataModule
from digitlab.errors import UserError
from support.running import run_evaluation, run_training
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
    ours, theirs = build_datamodule(job("data=idx")), DigitDataModule("mnist", tiny_mnist)
    for stage in ("fit", "test"):
        ours.setup(stage)
        theirs.setup(stage)
    for part in ("train_data", "val_data", "test_data"):
        assert_same_images(getattr(ours, part), getattr(theirs, part))


def trained(cfg: DictConfig) -> dict[str, Any]:
    run_training(cfg)
    return read_checkpoint(Path(cfg.paths.output_dir) / "checkpoints" / "last.ckpt")


def test_weights_and_figures_are_mnists_and_eval_finds_the_files_again(job: Job) -> None:
    ours, theirs = (job(f"data={name}", *QUICK, run=name) for name in ("idx", "mnist"))
    one, other = trained(ours), trained(theirs)
    for part in ("state_dict", "optimizer_states", "metrics", "global_step"):
        assert equal(one[part], other[part]), part
    assert one["hyper_parameters"]["data"]["train_images"] == "MNIST/raw/train-images-idx3-ubyte"
    scores = []
    for name in ("idx", "mnist"):
        again = job(f"checkpoint={ours.paths.output_dir}/../{name}", name="eval", run=f"again-{name}")
        scores.append(run_evaluation(again))
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
