"""A data set on the GPU: moved if it fits, and the same batches from there."""

from pathlib import Path
from typing import Any

import pytest
import torch

from digitlab.data.batch import ImageSet
from digitlab.data.loader import EvalLoader, TrainLoader
from digitlab.data.storage.resident import on_device

CPU = torch.device("cpu")


def some(count: int = 100) -> ImageSet:
    images = torch.arange(count * 4, dtype=torch.uint8).reshape(count, 1, 2, 2)
    return ImageSet(images, torch.arange(count) % 10)


def test_on_a_cpu_it_stays_where_it_is() -> None:
    data = some()
    assert on_device(data, CPU) is data


def test_what_does_not_fit_or_lies_in_a_file_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    data = some()
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (data.images.nbytes * 4 - 1, 10**9))
    assert on_device(data, torch.device("cuda")) is data
    in_a_file: Any = ImageSet(Path("images"), data.labels)  # type: ignore[arg-type]
    assert on_device(in_a_file, torch.device("cuda")) is in_a_file


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_same_batches_come_from_there() -> None:
    data, device = some(), torch.device("cuda", 0)
    moved = on_device(data, device)
    assert moved.images.device == moved.labels.device == device
    for loader in (lambda it: TrainLoader(it, 8, seed=1, epoch=lambda: 3), lambda it: EvalLoader(it, 8)):
        for there, here in zip(loader(moved), loader(data), strict=True):
            assert there.images.device == device
            assert torch.equal(there.images.cpu(), here.images)
            assert torch.equal(there.labels.cpu(), here.labels)
