"""Some classes, and a few images of each: the right ones, the same ones, and nested."""

from itertools import pairwise

import pytest
import torch

from digitlab.data.class_choice import check_choice, check_enough_labels, check_label_range, number_of
from digitlab.data.subsets import few_of_each, renumbered, rows_of_classes
from digitlab.errors import UserError

LABELS = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 1, 3, 3, 9, 9])


def test_rows_of_some_classes_stay_in_their_order() -> None:
    rows = torch.tensor([0, 2, 4, 5, 15, 9])
    assert rows_of_classes(LABELS, rows, [9, 3]).tolist() == [0, 5, 15, 9]


def test_labels_become_places() -> None:
    assert renumbered(torch.tensor([7, 3, 7, 9]), [7, 3, 9]).tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize("seed", [0, 1])
def test_a_larger_number_contains_a_smaller_one(seed: int) -> None:
    labels = torch.randint(0, 5, (300,), generator=torch.Generator().manual_seed(7))
    rows = torch.arange(20, 300)
    chosen = [set(few_of_each(labels, rows, count, seed).tolist()) for count in (1, 5, 10, 40)]
    for smaller, larger in pairwise(chosen):
        assert smaller < larger
    for count, some in zip((1, 5, 10, 40), chosen, strict=True):
        assert labels[sorted(some)].bincount().tolist() == [count] * 5
        assert min(some) >= 20


def test_what_is_chosen_of_a_class_does_not_depend_on_the_others() -> None:
    labels = torch.randint(0, 5, (300,), generator=torch.Generator().manual_seed(7))
    rows = torch.arange(300)
    whole = few_of_each(labels, rows, 6, seed=3)
    part = few_of_each(labels, rows_of_classes(labels, rows, [1, 4]), 6, seed=3)
    assert part.tolist() == rows_of_classes(labels, whole, [1, 4]).tolist()


def test_another_seed_chooses_others_and_nothing_else_is_drawn() -> None:
    labels = torch.randint(0, 5, (300,), generator=torch.Generator().manual_seed(7))
    before = torch.get_rng_state()
    one, other = (few_of_each(labels, torch.arange(300), 6, seed) for seed in (0, 1))
    assert one.tolist() != other.tolist()
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("chosen", "every", "number"), [([5, 6], 10, 2), (None, 47, 47), ("abc", 10, 10), (5, 10, 10)])
def test_the_number_of_classes(chosen: object, every: int, number: int) -> None:
    assert number_of(chosen, every) == number


@pytest.mark.parametrize("classes", [[5], [5, 5], [-1, 2], ["a", "b"], [True, False], []])
def test_what_is_no_choice_is_refused(classes: list[int]) -> None:
    with pytest.raises(UserError, match=r"^data\.classes must be at least 2 labels of the data, each once, got \["):
        check_choice(classes, len(classes))


def test_a_choice_must_be_as_large_as_the_number_of_classes() -> None:
    check_choice([5, 6], 2)
    with pytest.raises(UserError, match=r"^data\.num_classes must be the number of data\.classes, 2, got 10; leave"):
        check_choice([5, 6], 10)


def test_labels_must_be_there() -> None:
    check_label_range("mnist", "train", 0, 9, 10, None)
    check_label_range("mnist", "train", 0, 9, 2, [8, 9])
    with pytest.raises(UserError, match=r"^data\.classes must be labels of the data: data\.dataset=mnist .* got 10$"):
        check_label_range("mnist", "train", 0, 9, 2, [8, 10])
    with pytest.raises(UserError, match=r"^data\.num_classes must be above every label .* 0\.\.9 in .* got 9$"):
        check_label_range("mnist", "train", 0, 9, 9, None)


def test_more_than_there_are_is_refused_by_name() -> None:
    check_enough_labels({"0": 5, "1": 7, "2": 0}, 5)
    with pytest.raises(
        UserError, match=r"^data\.labels_per_class=6 is more .* classes 0 \(5\); give at most 5, or null"
    ):
        check_enough_labels({"0": 5, "1": 7, "2": 0}, 6)
