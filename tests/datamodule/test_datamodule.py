"""The data module: the right images in each split, and the test files unread until the end."""

from pathlib import Path

import pytest
import torch
from lightning import LightningDataModule

import digitlab.data.load
from digitlab.data.batch import ImageSet
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


@pytest.mark.parametrize("name", ["mnist", "digits"])
def test_works_without_a_trainer(tiny_mnist: Path, name: str) -> None:
    module = DigitDataModule(name, tiny_mnist, batch_size=50)
    module.prepare_data()
    module.setup("fit")
    batch = next(iter(module.train_dataloader()))
    assert batch.images.shape == (50, 1, 28, 28)
    loader = module.train_dataloader()
    epochs = [torch.cat([batch.labels for batch in loader]) for _ in range(2)]
    assert not torch.equal(*epochs)
    assert torch.equal(*(labels.bincount() for labels in epochs))
    second = DigitDataModule(name, tiny_mnist, batch_size=50)
    second.setup("fit")
    assert torch.equal(next(iter(second.train_dataloader())).images, batch.images)
    (*val_batches,) = module.val_dataloader()
    assert sum(len(batch.labels) for batch in val_batches) == len(module.val_data.labels)  # type: ignore[union-attr]
    module.setup("test")
    assert sum(len(batch.labels) for batch in module.test_dataloader()) == len(module.test_data.labels)  # type: ignore[union-attr]


class Processes:
    """What a data module asks a trainer of several processes."""

    class strategy:
        root_device = torch.device("cpu")

    def __init__(self, rank: int, world_size: int) -> None:
        self.global_rank, self.world_size, self.current_epoch = rank, world_size, 0


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize(
    ("train", "val", "refused"),
    [(3, 2, "4 images to train on, and there are 3"), (4, 1, "2 images to validate on, and there are 1"), (4, 2, None)],
)
def test_processes_without_images_are_refused_in_each(
    tiny_mnist: Path, rank: int, train: int, val: int, refused: str | None
) -> None:
    module = DigitDataModule("mnist", tiny_mnist)
    module.setup("fit")
    assert module.train_data is not None
    images, labels = module.train_data
    module.train_data, module.val_data = ImageSet(images[:train], labels[:train]), ImageSet(images[:val], labels[:val])
    module.trainer = Processes(rank, 2)  # type: ignore[assignment]
    if refused is None:
        assert (len(module.train_dataloader()), len(module.val_dataloader())) == (1, 1)
        return
    with pytest.raises(UserError, match=rf"^trainer\.devices: 2 processes need at least {refused}; type trainer\.dev"):
        module.train_dataloader(), module.val_dataloader()


@pytest.mark.parametrize("count", [21, 41, 2, 3])
def test_no_batch_of_one_is_trained_on(tiny_mnist: Path, count: int) -> None:
    """Batch normalisation has no variance over one."""
    module = DigitDataModule("mnist", tiny_mnist, batch_size=20)
    module.setup("fit")
    assert module.train_data is not None
    images, labels = module.train_data
    module.train_data = ImageSet(images[:count], labels[:count])
    assert min(len(batch.labels) for batch in module.train_dataloader()) > 1


def test_own_files_of_larger_images_are_scaled_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.randint(0, 256, (50, 1, 60, 60), dtype=torch.uint8)
    whole = digitlab.data.load.fit_to_28(images)
    monkeypatch.setattr(digitlab.data.load, "SCALED_AT_ONCE", 3 * 3600)
    assert torch.equal(digitlab.data.load.fit_to_28(images), whole)
