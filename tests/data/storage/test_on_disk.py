"""Images on disk are those of the file, wherever one looks, and the memory that they take is bounded."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

import digitlab.data.storage.on_disk
from conftest import write_idx
from digitlab.data.formats.idx import LONGEST_HEADER, Header, parse_header
from digitlab.data.formats.idx_headers import image_header
from digitlab.data.load import fit_to_28
from digitlab.data.storage.on_disk import BLOCK_BYTES, ImageFile, ImagesOnDisk
from digitlab.errors import UserError


def on_disk(path: Path, count: int, side: int = 28) -> tuple[ImageFile, torch.Tensor]:
    """Return a file of noise, and the same in memory."""
    values = np.random.default_rng(side).integers(0, 256, (count, side, side)).astype(np.uint8)
    write_idx(path, values)
    header = parse_header(path.read_bytes()[:LONGEST_HEADER], path.stat().st_size)
    return ImageFile(path, header), torch.from_numpy(values).unsqueeze(1)


@pytest.mark.parametrize("side", [28, 16])
def test_every_way_to_ask_gives_what_memory_gives(tmp_path: Path, side: int) -> None:
    file, values = on_disk(tmp_path / "images", 300, side)
    memory, images = fit_to_28(values), ImagesOnDisk(file)
    index = torch.tensor([299, 0, 7, 7, 150])
    assert len(images) == 300
    assert torch.equal(images.index_select(0, index), memory[index])
    assert torch.equal(images[10:20], memory[10:20])
    some = images.only(torch.tensor([5, 299, 1]))
    assert torch.equal(some[0:3], memory[[5, 299, 1]])
    assert torch.equal(some.only(torch.tensor([2])).index_select(0, torch.tensor([0])), memory[[1]])


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        ImageFile(tmp_path, Header(np.dtype(np.uint8), (1, 28, 28), 16))


def test_a_batch_is_a_copy(tmp_path: Path) -> None:
    file, memory = on_disk(tmp_path / "images", 3)
    file.read(torch.tensor([1])).fill_(0)
    assert torch.equal(file.read(torch.arange(3)), memory)


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_a_few_slots_serve_batches_of_any_size_and_order(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digitlab.data.storage.on_disk, "KEPT_BYTES", 6 * BLOCK_BYTES)
    file, memory = on_disk(tmp_path / "images", 1000)  # 16 blocks
    generator = torch.Generator().manual_seed(0)
    for _ in range(2000 // (size + 20)):
        rows = torch.randint(1000, (size,), generator=generator)
        assert torch.equal(file.read(rows), memory[rows])
    assert torch.equal(file.read(torch.arange(1000)), memory)
    assert file._kept.nbytes == 6 * BLOCK_BYTES


@pytest.mark.parametrize(("side", "count"), [(1, 1000), (5, 1000), (28, 1000), (100, 300), (224, 200), (700, 40)])
def test_images_of_any_size_take_the_same_memory(
    tmp_path: Path, side: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks are counted in bytes: those of 64 images of 224x224 had 3 MB, and 8,192 of them 24 GiB."""
    monkeypatch.setattr(digitlab.data.storage.on_disk, "KEPT_BYTES", 20 * BLOCK_BYTES)
    monkeypatch.setattr(digitlab.data.storage.on_disk, "COPIED_BYTES", 10 * BLOCK_BYTES)
    file, values = on_disk(tmp_path / "images", count, side)
    memory = fit_to_28(values)
    assert file._kept.nbytes <= max(20 * BLOCK_BYTES, 2 * side * side)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(1))
    for rows in (*order.split(30), order):
        assert torch.equal(file.read(rows), memory[rows])


@pytest.mark.parametrize("side", [224, 1000, 4096])
def test_a_file_of_large_images_is_opened_in_little_memory(tmp_path: Path, side: int) -> None:
    path, count = tmp_path / "images", 10**10 // side**2
    with path.open("wb") as file:  # 10 GB, of which none is written
        file.write(bytes([0, 0, 8, 3]) + b"".join(size.to_bytes(4, "big") for size in (count, side, side)))
        file.truncate(16 + count * side**2)
    images = ImageFile(path, image_header("data.train_images", path))
    assert images._kept.nbytes <= 2**13 * BLOCK_BYTES
    assert images.read(torch.tensor([0, count - 1, count // 2])).shape == (3, 1, 28, 28)


def test_what_was_read_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, memory = on_disk(tmp_path / "images", 1000)
    reads: list[int] = []
    preadv = os.preadv
    monkeypatch.setattr(os, "preadv", lambda fd, into, at: reads.append(at) or preadv(fd, into, at))
    for rows in torch.randperm(1000, generator=torch.Generator().manual_seed(0)).split(50):
        assert torch.equal(file.read(rows), memory[rows])
    assert sorted(reads) == [16 + BLOCK_BYTES * number for number in range(16)]


def test_a_file_that_shrinks_is_an_error_and_one_that_was_mended_is_read(tmp_path: Path) -> None:
    path = tmp_path / "images"
    file, memory = on_disk(path, 200)
    whole = path.read_bytes()
    os.truncate(path, 16 + 784 * 100)
    with pytest.raises(UserError, match=r"images has become shorter since the run began"):
        file.read(torch.arange(200))
    path.write_bytes(whole)
    assert torch.equal(file.read(torch.arange(200)), memory)
