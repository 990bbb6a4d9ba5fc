"""Anybody's own IDX files: what is whole is opened, what is not is refused in a line that says what to do."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from conftest import make_digits, write_idx
from digitlab.data.storage.idx_files import open_pair
from digitlab.errors import UserError
from support.idx_damage import cut, patch

KEYS = ("data.train_images", "data.train_labels")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    images, labels = make_digits(20, seed=1)
    paths = {KEYS[0]: tmp_path / "images", KEYS[1]: tmp_path / "labels"}
    write_idx(paths[KEYS[0]], images)
    write_idx(paths[KEYS[1]], labels)
    return paths


def test_images_and_labels_come_as_they_are(files: dict[str, Path]) -> None:
    images, labels = open_pair(files)
    expected = make_digits(20, seed=1)
    assert torch.equal(images[0:20], torch.from_numpy(expected[0]).unsqueeze(1))
    assert labels.tolist() == expected[1].tolist()
    assert labels.dtype == torch.int64


def test_the_first_of_several_facts_is_the_label(files: dict[str, Path]) -> None:
    write_idx(files[KEYS[1]], np.arange(40, dtype=np.int32).reshape(20, 2))
    assert open_pair(files)[1].tolist() == list(range(0, 40, 2))


def pack(path: Path) -> None:
    path.write_bytes(gzip.compress(path.read_bytes()))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("key", "harm", "message"),
    [
        (0, Path.unlink, r"data\.train_images=.*images does not exist; a relative path begins at paths\.data_dir"),
        (0, cut(0, -1), r"data\.train_images=.*images has 15,695 bytes, its header says 15,696"),
        (1, cut(0, -1), r"data\.train_labels=.*labels has 27 bytes, its header says 28"),
        (0, cut(0, 0), r"is not an IDX file \(it is empty\)"),
        (0, patch(0, 9), r"is not an IDX file \(wrong magic number\)"),
        (0, pack, r"images is compressed; type: gunzip -k .*images$"),
        (1, pack, r"labels is compressed; type: gunzip -k"),
        (1, pipe, r"labels cannot be read \(not a regular file\)"),
        (0, lambda p: write_idx(p, np.zeros((20, 28, 20), np.uint8)), r"square images .* shape \(20, 28, 20\)"),
        (0, lambda p: write_idx(p, np.zeros(20, np.uint8)), r"must hold square images .* labels swapped\?"),
        (0, lambda p: write_idx(p, np.zeros((20, 28, 28), np.int32)), r"must hold square images .* int32"),
        (1, lambda p: write_idx(p, np.zeros((20, 28, 28), np.uint8)), r"must hold a whole number .* swapped\?"),
        (1, lambda p: write_idx(p, np.zeros(0, np.uint8)), r"must hold a whole number .* shape \(0,\)"),
        (1, lambda p: write_idx(p, np.zeros(19, np.uint8)), r"train_images has 20 images and .*train_labels 19 labels"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused(
    files: dict[str, Path], key: int, harm: Callable[[Path], object], message: str
) -> None:
    harm(files[KEYS[key]])
    with pytest.raises(UserError, match=message) as refusal:
        open_pair(files)
    assert "\n" not in str(refusal.value)
