"""The validation part: a partition, the same for every run, never the whole."""

import pytest
import torch

from digitlab.data.splits import split_indices


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [
        (60_000, 1 / 12, 5000),
        (60_000, 0.08333333333333333, 5000),
        (1437, 1 / 12, 120),
        (2, 0.01, 1),
        (10, 0.999, 9),
    ],
)
def test_is_a_partition_of_the_right_size(count: int, share: float, expected: int) -> None:
    train, val = split_indices(count, share, seed=0)
    assert len(val) == expected
    assert torch.equal(torch.cat([train, val]).sort().values, torch.arange(count))


def test_depends_on_its_own_seed_only() -> None:
    torch.manual_seed(1)
    first = split_indices(100, 0.2, seed=0)[1]
    torch.manual_seed(2)
    assert torch.equal(first, split_indices(100, 0.2, seed=0)[1])
    assert not torch.equal(first, split_indices(100, 0.2, seed=1)[1])


def test_null_keeps_everything_for_training() -> None:
    train, val = split_indices(7, None, seed=0)
    assert train.tolist() == list(range(7))
    assert len(val) == 0
