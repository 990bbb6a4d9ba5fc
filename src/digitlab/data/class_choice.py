"""Whether labels fit the classes that a data set is said to have, or those that were chosen of it; light."""

from collections.abc import Mapping, Sequence
from typing import Any

from digitlab.data.split_counts import shortened
from digitlab.errors import UserError


def number_of(chosen: Any, every: int) -> int:
    """Return how many classes are chosen, or how many there are if none are or if it is no choice, said elsewhere.

    Args:
        chosen: What `data.classes` is.
        every: Number of classes of the data.
    """
    return len(chosen) if isinstance(chosen, Sequence) and not isinstance(chosen, str) and len(chosen) > 1 else every


def check_choice(classes: Sequence[int], num_classes: int) -> None:
    """Refuse a choice of classes that is none.

    Args:
        classes: Labels to keep, in the order of their new numbers.
        num_classes: Of the data that are left.

    Raises:
        UserError: With what is wrong with it.
    """
    whole = all(isinstance(label, int) and not isinstance(label, bool) and label >= 0 for label in classes)
    if not whole or len(set(classes)) != len(classes) or len(classes) < 2:
        raise UserError(
            f"data.classes must be at least 2 labels of the data, each once, got {list(classes)}; as in "
            "data.classes=[0,1,2,3,4], or null for all"
        )
    if num_classes != len(classes):
        raise UserError(
            f"data.num_classes must be the number of data.classes, {len(classes)}, got {num_classes}; leave it out"
        )


def check_label_range(
    dataset: str, part: str, lowest: int, highest: int, num_classes: int, classes: Sequence[int] | None
) -> None:
    """Refuse labels that are no class, and chosen classes that no label can be.

    Args:
        dataset: Name of the data.
        part: Which of its parts the labels are of.
        lowest: The lowest label in it.
        highest: The highest label in it.
        num_classes: Number of classes, where none are chosen.
        classes: Labels that are chosen, or `None` for all.

    Raises:
        UserError: With the range that the labels have.
    """
    has = f"data.dataset={dataset} has the labels {lowest}..{highest} in its {part} part"
    if classes is not None:
        if max(classes) > highest:
            raise UserError(f"data.classes must be labels of the data: {has}, got {max(classes)}")
    elif lowest < 0 or highest >= num_classes:
        raise UserError(f"data.num_classes must be above every label of the data: {has}, got {num_classes}")


def check_enough_labels(counts: Mapping[str, int], labels_per_class: int) -> None:
    """Refuse to take more images of a class than there are to train on.

    Args:
        counts: Images of each class, by its name; a class without any is nobody's mistake here.
        labels_per_class: How many are wanted of each.

    Raises:
        UserError: With the names of those that have fewer.
    """
    small = {name: count for name, count in counts.items() if 0 < count < labels_per_class}
    if small:
        raise UserError(
            f"data.labels_per_class={labels_per_class} is more than there are to train on, of the classes "
            f"{shortened(small)}; give at most {min(small.values())}, or null for all"
        )
