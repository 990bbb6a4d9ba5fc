"""Which images of a data set are used: those of some classes, and of each as many as are wanted."""

from dataclasses import dataclass

import torch
from torch import Tensor

from digitlab.data.class_choice import check_choice, check_enough_labels, check_label_range
from digitlab.data.subsets import few_of_each, renumbered, rows_of_classes
from digitlab.errors import UserError


@dataclass(frozen=True)
class Choice:
    """The classes to keep and the images of each to train on; what a data module is asked for as settings.

    Attributes:
        dataset: Name of the data, for what is refused.
        num_classes: Number of classes, once some are chosen.
        names: Of the classes, in the order of their new labels.
        labels: Of the classes to keep, in the same order; `None` for all.
        labels_per_class: Images of each class to train on; `None` for all.
        seed: Which ones.

    Raises:
        UserError: If the labels are no choice of classes.
    """

    dataset: str
    num_classes: int
    names: list[str]
    labels: list[int] | None
    labels_per_class: int | None
    seed: int

    def __post_init__(self) -> None:
        if self.labels is not None:
            check_choice(self.labels, self.num_classes)

    def keep(self, labels: Tensor, rows: Tensor) -> Tensor:
        """Return those of `rows`, positions among `labels`, that are of a class to keep."""
        return rows if self.labels is None else rows_of_classes(labels, rows, self.labels)

    def keep_tested(self, labels: Tensor) -> Tensor:
        """Return the positions of the test images that are of a class to keep.

        Raises:
            UserError: If there is none.
        """
        rows = self.keep(labels, torch.arange(len(labels)))
        self._check_some(rows, "test")
        return rows

    def keep_trained(self, labels: Tensor, rows: Tensor) -> Tensor:
        """Return those of `rows` to train on.

        Raises:
            UserError: If there is none, or a class has fewer than are wanted.
        """
        kept = self.keep(labels, rows)
        self._check_some(kept, "training")
        if self.labels_per_class is None:
            return kept
        check_enough_labels(self.counts(labels[kept]), self.labels_per_class)
        return few_of_each(labels, kept, self.labels_per_class, self.seed)

    def renumber(self, labels: Tensor) -> Tensor:
        """Return labels of images that were kept as numbers from 0."""
        return labels if self.labels is None else renumbered(labels, self.labels)

    def counts(self, labels: Tensor) -> dict[str, int]:
        """Return how many images each class has, by its name."""
        kept = range(len(self.names)) if self.labels is None else self.labels
        counts = labels.bincount(minlength=max(kept) + 1).tolist()
        return {name: counts[label] for name, label in zip(self.names, kept, strict=True)}

    def check_labels(self, labels: Tensor, part: str) -> None:
        """Refuse labels that are no class, and classes that no label can be.

        Raises:
            UserError: With the range that the labels have.
        """
        lowest, highest = int(labels.min()), int(labels.max())
        check_label_range(self.dataset, part, lowest, highest, self.num_classes, self.labels)

    def _check_some(self, rows: Tensor, part: str) -> None:
        if not len(rows):
            raise UserError(f"data.classes={self.labels}: no {part} image of data.dataset={self.dataset} is of these")
