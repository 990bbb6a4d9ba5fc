"""Every data set comes out upright, 28x28, with labels from 0, whatever its files do."""

import bz2
from pathlib import Path

import numpy as np
import pytest
import torch

from conftest import write_idx
from digitlab.data.catalogue import NAMES, SOURCES
from digitlab.data.load import fit_to_28, load
from digitlab.errors import UserError

CORNER = np.zeros((3, 28, 28), dtype=np.uint8)
CORNER[:, 0, 27] = [1, 2, 3]  # top right


def write_set(root: Path, dataset: str, images: np.ndarray, labels: np.ndarray) -> None:
    for path, values in zip(SOURCES[dataset].paths(root, "train"), (images, labels), strict=True):
        write_idx(path, values)


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist", "kmnist"])
def test_plain_files_come_as_they_are(tmp_path: Path, dataset: str) -> None:
    write_set(tmp_path, dataset, CORNER, np.array([9, 0, 4], dtype=np.uint8))
    data = load(dataset, "train", tmp_path)
    assert data.images.shape == (3, 1, 28, 28)
    assert data.images.dtype == torch.uint8
    assert data.images[:, 0, 0, 27].tolist() == [1, 2, 3]
    assert data.labels.tolist() == [9, 0, 4]
    assert data.labels.dtype == torch.int64


def test_emnist_is_turned_upright_and_letters_count_from_0(tmp_path: Path) -> None:
    write_set(tmp_path, "emnist_letters", CORNER.swapaxes(1, 2).copy(), np.array([1, 26, 13], dtype=np.uint8))
    data = load("emnist_letters", "train", tmp_path)
    assert data.images[:, 0, 0, 27].tolist() == [1, 2, 3]
    assert data.labels.tolist() == [0, 25, 12]


def test_qmnist_takes_the_class_out_of_eight_columns(tmp_path: Path) -> None:
    facts = np.tile(np.array([[7], [3], [1]], dtype=np.int32), (1, 8)) + np.arange(8, dtype=np.int32)
    write_set(tmp_path, "qmnist", CORNER, facts)
    assert load("qmnist", "train", tmp_path).labels.tolist() == [7, 3, 1]


def test_usps_is_read_and_fitted(tmp_path: Path) -> None:
    rows = [f"{label} " + " ".join(f"{i}:{value}" for i in range(1, 257)) for label, value in ((10, -1), (1, 1))]
    (tmp_path / "usps.bz2").write_bytes(bz2.compress("\n".join(rows).encode()))
    data = load("usps", "train", tmp_path)
    assert data.labels.tolist() == [9, 0]
    assert data.images.shape == (2, 1, 28, 28)
    assert data.images[0].max() == 0
    assert data.images[1, 0, 14, 14] == 255
    assert data.images[1, 0, 3, 3] == 0  # the margin
    (tmp_path / "usps.bz2").write_bytes(b"not bz2")
    with pytest.raises(UserError, match=r"usps\.bz2 is not the USPS file"):
        load("usps", "train", tmp_path)


def test_bundled_digits_are_real_and_their_parts_disjoint() -> None:
    train, test = load("digits", "train", "nowhere"), load("digits", "test", "nowhere")
    assert (len(train.labels), len(test.labels)) == (1437, 360)
    rows = {tuple(image.flatten().tolist()) for image in train.images}
    assert not any(tuple(image.flatten().tolist()) in rows for image in test.images)
    assert train.labels.bincount().min() > 130  # every class, about equally often
    assert train.images.max() == 255


def test_fit_keeps_the_digit_in_place() -> None:
    blob = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    blob[..., 2:6, 2:6] = 200
    fitted = fit_to_28(blob)[0, 0].float()
    ys, xs = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    assert float((fitted * ys).sum() / fitted.sum()) == pytest.approx(13.5)
    assert float((fitted * xs).sum() / fitted.sum()) == pytest.approx(13.5)
    assert fitted[:4].max() == fitted[-4:].max() == 0


def test_images_and_labels_must_belong_together(tmp_path: Path) -> None:
    write_set(tmp_path, "mnist", CORNER, np.array([1, 2], dtype=np.uint8))
    with pytest.raises(UserError, match=r"data\.dataset=mnist: the train files do not belong together"):
        load("mnist", "train", tmp_path)


def test_catalogue_names_are_unique_and_torchvision_knows_them() -> None:
    from torchvision import datasets

    assert len(set(NAMES)) == len(NAMES)
    assert all(hasattr(datasets, source.title) for source in SOURCES.values())


@pytest.mark.slow
def test_real_mnist_equals_torchvisions(real_mnist: Path) -> None:
    from torchvision.datasets import MNIST

    theirs, ours = MNIST(real_mnist, train=True), load("mnist", "train", real_mnist)
    assert torch.equal(ours.images[:, 0], theirs.data)
    assert torch.equal(ours.labels, theirs.targets)


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "mean", "std"), [("mnist", 0.1307, 0.3081), ("digits", 0.1556, 0.2771)])
def test_statistics_are_those_of_the_training_images(real_mnist: Path, dataset: str, mean: float, std: float) -> None:
    grey = load(dataset, "train", real_mnist).images.double() / 255
    assert float(grey.mean()) == pytest.approx(mean, abs=5e-5)
    assert float(grey.std()) == pytest.approx(std, abs=5e-5)
