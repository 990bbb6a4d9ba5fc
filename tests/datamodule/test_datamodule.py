"""The data module: the right images in each split, and the test files unread until the end."""

from pathlib import Path

import pytest
import torch
from lightning import LightningDataModule

import digitlab.data.load
from digitlab.data.load import load
from digitlab.datamodule import DigitDataModule
from digitlab.errors import UserError


def test_splits_come_from_the_right_files(tiny_mnist: Path) -> None:
    module = DigitDataModule("mnist", tiny_mnist)
    module.setup("fit")
    assert module.train_data is not None
    assert module.val_data is not None
    assert (len(module.train_data.labels), len(module.val_data.labels)) == (550, 50)
    whole = load("mnist", "train", tiny_mnist)
    parts = torch.cat([module.train_data.images, module.val_data.images])
    assert torch.equal(parts.flatten(1).sort(dim=0).values, whole.images.flatten(1).sort(dim=0).values)
    module.setup("test")
    assert module.test_data is not None
    assert torch.equal(module.test_data.images, load("mnist", "test", tiny_mnist).images)


def test_fitting_reads_no_test_file(tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = digitlab.data.load.read_idx
    monkeypatch.setattr(digitlab.data.load, "read_idx", lambda path: opened.append(path.name) or read(path))
    module = DigitDataModule("mnist", tiny_mnist)
    module.prepare_data()
    module.setup("fit")
    module.setup("validate")
    assert opened == ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"]
    module.setup("test")
    assert opened[2:] == ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


def test_null_share_has_no_validation(tiny_mnist: Path) -> None:
    module = DigitDataModule("mnist", tiny_mnist, val_share=None)
    module.setup("fit")
    assert module.train_data is not None
    assert len(module.train_data.labels) == 600
    assert module.val_dataloader() == []


def test_labels_must_fit_the_classes(tiny_mnist: Path) -> None:
    module = DigitDataModule("mnist", tiny_mnist, num_classes=9)
    with pytest.raises(UserError, match=r"data\.num_classes must be above every label .* 0\.\.9 .* got 9"):
        module.setup("fit")


def test_is_a_lightning_data_module() -> None:
    assert issubclass(DigitDataModule, LightningDataModule)


@pytest.mark.slow
def test_mnist_is_split_55000_to_5000(real_mnist: Path) -> None:
    module = DigitDataModule("mnist", real_mnist)
    module.setup("fit")
    assert module.train_data is not None
    assert module.val_data is not None
    assert (len(module.train_data.labels), len(module.val_data.labels)) == (55_000, 5_000)
