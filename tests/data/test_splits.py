"""The validation part: a partition, the same for every run, never the whole."""

import pytest
import torch

from digitlab.data.split_counts import check_each_class, check_processes
from digitlab.data.splits import split_by_class, split_indices
from digitlab.errors import UserError


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


def test_cuts_of_the_sets_that_are_known_by_name_stay() -> None:
    """Published figures rest on them."""
    assert split_indices(60_000, 1 / 12, seed=0)[1][:8].tolist() == [1, 3, 47, 49, 80, 83, 109, 111]
    assert int(split_indices(60_000, 1 / 12, seed=0)[1].sum()) == 149_911_330


@pytest.mark.parametrize("counts", [(600, 600, 600), (5, 900, 90), (2, 2, 2), (100, 0, 7), (1, 50)])
@pytest.mark.parametrize("share", [1 / 12, 0.5, 0.001, 0.999])
def test_each_class_has_its_share(counts: tuple[int, ...], share: float) -> None:
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    labels = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(3))]
    train, val = split_by_class(labels, share, seed=0)
    assert torch.equal(torch.cat([train, val]).sort().values, torch.arange(len(labels)))
    assert torch.equal(train, train.sort().values)
    assert torch.equal(val, val.sort().values)
    for label, count in enumerate(counts):
        kept = int((labels[val] == label).sum())
        assert kept == (min(max(round(count * share), 1), count - 1) if count else 0)


def test_a_cut_by_class_depends_on_its_own_seed_only() -> None:
    labels = torch.arange(100) % 7
    torch.manual_seed(1)
    first = split_by_class(labels, 0.2, seed=0)[1]
    torch.manual_seed(2)
    assert torch.equal(first, split_by_class(labels, 0.2, seed=0)[1])
    assert not torch.equal(first, split_by_class(labels, 0.2, seed=1)[1])
    assert split_by_class(labels, None, seed=0)[0].tolist() == list(range(100))


@pytest.mark.parametrize(
    ("counts", "shares", "small"),
    [
        ({"cat": 1, "dog": 9}, [0.1], r"2 parts .*: cat \(1\); add"),
        ({"cat": 2, "dog": 1, "emu": 3}, [0.1, 0.1], r"3 parts .*: cat \(2\), dog \(1\); add"),
        (
            {str(number): 1 for number in range(9)},
            [0.1],
            r"2 parts .*: 0 \(1\), 1 \(1\), 2 \(1\), 3 \(1\), 4 \(1\) and 4 more; add",
        ),
        ({"cat": 1, "dog": 9}, [None, None], None),
        ({"cat": 2, "dog": 9}, [None, 0.5], None),
        ({"cat": 0, "dog": 9}, [0.1, 0.5], None),
    ],
)
def test_a_class_too_small_for_a_part_is_named(
    counts: dict[str, int], shares: list[float | None], small: str | None
) -> None:
    if small is None:
        check_each_class(counts, shares)
        return
    with pytest.raises(UserError, match=rf"^data\.stratify=true gives each of {small}"):
        check_each_class(counts, shares)


@pytest.mark.parametrize(
    ("count", "what", "processes", "needed"),
    [(3, "train on", 2, 4), (1, "validate on", 2, 2), (2, "test on", 3, 3), (4, "train on", 2, None),
     (2, "validate on", 2, None), (1, "train on", 1, None)],
)  # fmt: skip
def test_more_processes_than_images_are_refused(count: int, what: str, processes: int, needed: int | None) -> None:
    if needed is None:
        check_processes(count, what, processes)
        return
    with pytest.raises(UserError, match=rf"need at least {needed} images to {what}, and there are {count}; type"):
        check_processes(count, what, processes)
