"""Batches: each image once an epoch, in an order that only (seed, epoch) decide."""

import pytest
import torch

import digitlab.data.loader
from digitlab.data.batch import Batch
from digitlab.data.loader import EvalLoader, TrainLoader, epoch_order


def numbered(count: int) -> Batch:
    """Return data whose labels are 0, 1, 2, ... and whose images carry them."""
    labels = torch.arange(count)
    return Batch((labels % 256).to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 28, 28), labels)


def train(count: int, batch_size: int, epoch: int = 0, **options: object) -> TrainLoader:
    settings: dict = {"seed": 42, "epoch": lambda: epoch, **options}
    return TrainLoader(numbered(count), batch_size, **settings)


@pytest.mark.parametrize(("count", "size", "steps", "seen"), [(10, 4, 3, 10), (8, 4, 2, 8), (9, 4, 2, 8), (3, 1, 3, 3)])
def test_an_epoch_has_each_image_once_but_no_batch_of_one(count: int, size: int, steps: int, seen: int) -> None:
    loader = train(count, size)
    batches = list(loader)
    labels = torch.cat([batch.labels for batch in batches])
    assert len(batches) == len(loader) == steps
    assert len(labels) == len(labels.unique()) == seen
    for batch in batches:
        assert torch.equal(batch.images[:, 0, 0, 0].long(), batch.labels)


def test_order_is_a_function_of_seed_and_epoch() -> None:
    torch.manual_seed(5)
    first = torch.cat([batch.labels for batch in train(50, 8, epoch=3)])
    torch.manual_seed(6)
    assert torch.equal(first, torch.cat([batch.labels for batch in train(50, 8, epoch=3)]))
    assert not torch.equal(first, torch.cat([batch.labels for batch in train(50, 8, epoch=4)]))
    assert not torch.equal(first, torch.cat([batch.labels for batch in train(50, 8, epoch=3, seed=0)]))


def test_order_is_the_same_on_every_machine() -> None:
    assert epoch_order(8, seed=42, epoch=0).tolist() == [2, 1, 4, 5, 6, 3, 7, 0]


def test_epoch_is_asked_for_when_iteration_begins() -> None:
    epoch = [0]
    loader = TrainLoader(numbered(20), 20, seed=1, epoch=lambda: epoch[0])
    iterator = iter(loader)
    epoch[0] = 7  # as when a checkpoint is restored after the loaders were set up
    assert torch.equal(next(iterator).labels, epoch_order(20, seed=1, epoch=7))


def test_without_shuffling_every_epoch_is_alike() -> None:
    batches = [batch.labels.tolist() for batch in train(5, 2, epoch=9, shuffle=False)]
    assert batches == [[0, 1], [2, 3]]  # the fifth would be alone


@pytest.mark.parametrize("world_size", [2, 3])
def test_processes_share_an_epoch_without_overlap(world_size: int) -> None:
    shares = [train(32, 4, rank=rank, world_size=world_size) for rank in range(world_size)]
    assert len({len(share) for share in shares}) == 1
    seen = torch.cat([batch.labels for share in shares for batch in share])
    assert len(seen) == len(seen.unique()) == 32 // world_size * world_size


@pytest.mark.parametrize(("count", "size", "world_size"), [(10, 4, 1), (256, 256, 1), (257, 256, 1), (11, 2, 2)])
def test_evaluation_sees_each_image_once_in_equal_batches(count: int, size: int, world_size: int) -> None:
    shares = [list(EvalLoader(numbered(count), size, rank=rank, world_size=world_size)) for rank in range(world_size)]
    assert len({len(share) for share in shares}) == 1
    sizes = [len(batch.labels) for share in shares for batch in share]
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1
    assert torch.cat([batch.labels for share in shares for batch in share]).sort().values.tolist() == list(range(count))


def test_a_large_order_is_a_permutation_that_stays_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of stretches of the file that a window touches is that of its blocks, not of its images."""
    monkeypatch.setattr(digitlab.data.loader, "WINDOW", 1024)
    monkeypatch.setattr(digitlab.data.loader, "BLOCK", 32)
    order = epoch_order(10_007, seed=1, epoch=2)
    assert torch.equal(order.sort().values, torch.arange(10_007))
    assert torch.equal(order, epoch_order(10_007, seed=1, epoch=2))
    assert not torch.equal(order, epoch_order(10_007, seed=1, epoch=3))
    windows = order.tensor_split(10)  # of 1,000 or 1,001
    touched = [len((window // 32).unique()) for window in windows]
    assert max(touched) <= 1001 // 32 + 3
    for window in windows:
        assert window.float().std() > 2000  # all over the file, 2,889 for a fair sample
        assert (window[1:] - window[:-1] == 1).float().mean() < 0.02  # and no neighbours in a row


def test_a_large_order_mixes_a_file_that_is_sorted_by_class() -> None:
    classes = torch.arange(600_000) // 60_000
    for part in classes[epoch_order(600_000, seed=0, epoch=0)].split(20_000):
        assert (part.bincount(minlength=10) / len(part)).min() > 0.07
