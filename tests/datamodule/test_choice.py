"""data.classes and data.labels_per_class, in each kind of data module; validation and test images stay whole."""

from pathlib import Path
from typing import Any

import pytest
import torch

from digitlab.data.batch import ImageSet
from digitlab.datamodule import DigitDataModule, FolderDataModule, IdxDataModule, ImageDataModule
from digitlab.errors import UserError
from support.pictures import write_pictures

RAW = "MNIST/raw"
FILES = {
    f"{part}_{kind}": f"{RAW}/{prefix}-{kind}-idx{number}-ubyte"
    for part, prefix in (("train", "train"), ("test", "t10k"))
    for kind, number in (("images", 3), ("labels", 1))
}


def mnist(root: Path, **options: Any) -> ImageDataModule:
    return ready(DigitDataModule("mnist", root, val_share=0.2, **options))


def idx(root: Path, **options: Any) -> ImageDataModule:
    return ready(IdxDataModule("idx", root, val_share=0.2, **FILES, **options))


def ready(module: ImageDataModule) -> ImageDataModule:
    module.prepare_data()
    module.setup("fit")
    module.setup("test")
    return module


def whole(data: ImageSet | None) -> tuple[torch.Tensor, torch.Tensor]:
    assert data is not None
    return data.images[0 : len(data.labels)], data.labels


def only(data: ImageSet | None, classes: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the images of some classes of a part, relabelled in another way than the code does it."""
    images, labels = whole(data)
    chosen = [row for row, label in enumerate(labels.tolist()) if label in classes]
    return images[chosen], torch.tensor([classes.index(int(labels[row])) for row in chosen])


@pytest.mark.parametrize("kind", [mnist, idx])
@pytest.mark.parametrize("classes", [[5, 6, 7, 8, 9], [7, 3]])
def test_chosen_classes_are_those_of_each_part(tiny_mnist: Path, kind: Any, classes: list[int]) -> None:
    every, some = kind(tiny_mnist), kind(tiny_mnist, classes=classes, num_classes=len(classes))
    for part in ("train_data", "val_data", "test_data"):
        expected, given = only(getattr(every, part), classes), whole(getattr(some, part))
        assert torch.equal(expected[0], given[0])
        assert torch.equal(expected[1], given[1])
    assert some.class_names() == [str(label) for label in classes]


@pytest.mark.parametrize("kind", [mnist, idx])
def test_few_labels_are_fewer_training_images_and_nothing_else(tiny_mnist: Path, kind: Any) -> None:
    every = kind(tiny_mnist)
    before: set[bytes] = set()
    for count in (1, 5, 20):
        few = kind(tiny_mnist, labels_per_class=count)
        images, labels = whole(few.train_data)
        assert labels.bincount().tolist() == [count] * 10
        assert torch.equal(few.val_data.images[0:9999], every.val_data.images[0:9999])
        assert torch.equal(few.test_data.labels, every.test_data.labels)
        now = {image.numpy().tobytes() for image in images}
        assert before < now
        before = now
    other = kind(tiny_mnist, labels_per_class=20, labels_seed=1)
    assert {image.numpy().tobytes() for image in whole(other.train_data)[0]} != before


@pytest.mark.parametrize("kind", [mnist, idx])
def test_both_together_and_a_fingerprint_that_tells(tiny_mnist: Path, kind: Any) -> None:
    some = kind(tiny_mnist, classes=[5, 9], num_classes=2, labels_per_class=3)
    assert whole(some.train_data)[1].bincount().tolist() == [3, 3]
    options = [([5, 9], 3), ([5, 8], 3), ([9, 5], 3), ([5, 9], 4), ([5, 9], 3)]
    modules = [kind(tiny_mnist, classes=chosen, num_classes=2, labels_per_class=count) for chosen, count in options]
    prints = [module.fingerprint() for module in modules]
    assert prints[0] == prints[4]
    assert all(other != prints[0] for other in prints[1:4])


@pytest.mark.parametrize("kind", [mnist, idx])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": [5, 5], "num_classes": 2}, r"^data\.classes must be at least 2 labels"),
        ({"classes": [5, 6]}, r"^data\.num_classes must be the number of data\.classes, 2, got 10"),
        ({"classes": [5, 10], "num_classes": 2}, r"^data\.classes must be labels .* 0\.\.9 in its t.* part, got 10"),
        ({"labels_per_class": 500}, r"^data\.labels_per_class=500 is more than there are to train on"),
    ],
)
def test_what_cannot_be_is_refused(tiny_mnist: Path, kind: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        kind(tiny_mnist, **options)


@pytest.mark.parametrize("parts", [("train", "val", "test"), ("train",)])
def test_few_pictures_of_each_folder(tmp_path: Path, parts: tuple[str, ...]) -> None:
    for seed, part in enumerate(parts):
        write_pictures(tmp_path / "pets" / part, 60, seed=seed)
    names = sorted(path.name for path in (tmp_path / "pets" / "train").iterdir())

    def folder(**options: Any) -> ImageDataModule:
        options = {"folder": "pets", "classes": names, "num_classes": len(names), **options}
        return ready(FolderDataModule("image_folder", tmp_path, **options))

    every, few = folder(), folder(labels_per_class=4)
    assert whole(few.train_data)[1].bincount().tolist() == [4] * len(names)
    assert few.class_names() == names
    for part in ("val_data", "test_data"):
        assert torch.equal(whole(getattr(every, part))[0], whole(getattr(few, part))[0])
