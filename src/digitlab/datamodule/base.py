"""What all data modules do alike: cut, shuffle, batch, and remember how far the batches have been handed out.

They work without a Trainer, too: `prepare_data()`, `setup("fit")`, and `train_dataloader()` has a new order each time.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import torch
from lightning import LightningDataModule
from torch import Tensor

from digitlab.data.batch import Batch, ImageSet
from digitlab.data.loader import EvalLoader, TrainLoader
from digitlab.data.split_counts import check_each_class, check_enough, check_processes
from digitlab.data.splits import split_by_class, split_indices
from digitlab.data.storage.resident import on_device
from digitlab.datamodule.choice import Choice
from digitlab.datamodule.fingerprint import fingerprint_of
from digitlab.errors import UserError


@dataclass(eq=False)
class ImageDataModule(LightningDataModule, ABC):
    """Feeds batches of uint8 images `(B, 1, 28, 28)`; the module normalises them on its device.

    The test images are read in `setup("test")` and not a moment earlier; `prepare_data` only sees that they are sound.
    A data class, so that each kind adds its own settings to those that all have.

    Args:
        dataset: Name of the data; a kind of data module knows which it is for.
        data_dir: Folder in which data sets lie.
        num_classes: Number of classes; every label must lie below it. Of `classes`, if these are given.
        classes: Labels of the classes to keep, in the order of their new labels 0, 1, ...; `None` for all.
        labels_per_class: Images of each class to train on, which ones `labels_seed` says; the ones for a larger number
            contain those for a smaller one. `None` for all. Validation and test images are as many as ever.
        labels_seed: Which images `labels_per_class` leaves; not the seed of the run.
        mean: Mean grey level of the training images, in [0, 1]. Not used here: the module takes it along in
            its checkpoint, so that a model meets every image as it met those it learnt from.
        std: Standard deviation of the grey levels, above 0; like `mean`.
        batch_size: Images per training step and process. 128 is the lesson's.
        eval_batch_size: Most images per evaluation step. 256 is the lesson's.
        val_share: Share of the training images kept for validation, in (0, 1); 1/12 of MNIST's 60,000 is the
            usual 5,000. `None` trains on everything and validates on nothing.
        split_seed: Which images are kept for validation.
        stratify: Whether the cut is made within each class, so that all parts have the same shares of the classes. The
            cuts of the sets that are known by name, on which published figures rest, are made without regard to them.
        shuffle: Whether each epoch has its own order.
        seed: What the orders derive from.

    Raises:
        UserError: From `prepare_data` if files are missing and cannot be had; from `setup` if they are damaged
            or their labels do not fit `num_classes`.
    """

    datasets: ClassVar[tuple[str, ...]]  # the values of `dataset` that a kind is for

    dataset: str
    data_dir: str | Path
    _: KW_ONLY
    num_classes: int = 10
    classes: Sequence[int] | Sequence[str] | None = None
    labels_per_class: int | None = None
    labels_seed: int = 0
    mean: float = 0.1307
    std: float = 0.3081
    batch_size: int = 128
    eval_batch_size: int = 256
    val_share: float | None = 1 / 12
    split_seed: int = 0
    stratify: bool = False
    shuffle: bool = True
    seed: int = 42

    def __post_init__(self) -> None:
        super().__init__()
        if self.dataset not in self.datasets:
            raise UserError(f"data.dataset={self.dataset} needs settings of its own; choose it with data=...")
        _ = self.choice  # which refuses what is none
        self.root = Path(self.data_dir).expanduser().absolute()
        self.train_data: ImageSet | None = None
        self.val_data: ImageSet | None = None
        self.test_data: ImageSet | None = None
        self._train_loader: TrainLoader | None = None
        self._position: dict[str, int] | None = None
        self._epochs = count()  # where no trainer counts them

    @abstractmethod
    def read_to_fit(self) -> tuple[ImageSet, ImageSet | None]:
        """Return the images to train on, and those to validate on if there are any."""

    @abstractmethod
    def read_to_test(self) -> ImageSet:
        """Return the test images."""

    def setup(self, stage: str) -> None:
        """Read the part that `stage` needs: "fit" and "validate" the training images, "test" the test images."""
        if stage in ("fit", "validate") and self.train_data is None:
            self.train_data, self.val_data = self.read_to_fit()
        if stage == "test" and self.test_data is None:
            self.test_data = self.read_to_test()

    @abstractmethod
    def content_checksums(self) -> dict[str, str]:
        """Return a checksum of what each part holds, by its name, after `setup("fit")`; cheap for any size."""

    def kept_labels(self) -> list[int] | None:
        """Return the labels of the classes to keep, or `None` for all."""
        return None if self.classes is None else list(self.classes)  # type: ignore[arg-type]

    def class_names(self) -> list[str]:
        """Return what the classes are called, in the order of their labels."""
        return [str(label) for label in (range(self.num_classes) if self.classes is None else self.classes)]

    @property
    def choice(self) -> Choice:
        """Which images are used."""
        names, kept = self.class_names(), self.kept_labels()
        return Choice(self.dataset, self.num_classes, names, kept, self.labels_per_class, self.labels_seed)

    def fingerprint(self) -> dict[str, Any]:
        """Return what a run is trained and tested on, after `setup("fit")`, to be compared when it is resumed."""
        assert self.train_data is not None
        labels = {"train": self.train_data.labels} | ({"val": self.val_data.labels} if self.val_data else {})
        return fingerprint_of(self.class_names(), labels, self.content_checksums())

    def test_unseen(self, trained_on: Mapping[str, Any], fingerprint: Any = None) -> None:
        """Choose as test images those that a model has not learnt from, before `prepare_data`.

        Data that come with a test part have nothing to choose.

        Args:
            trained_on: The `data` of its checkpoint.
            fingerprint: Of these, as it stands in its checkpoint, if there is one.
        """

    def cut(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the positions to train on and those to validate on, of images with these labels.

        The cut is that of all classes, and then some are chosen: an image that one choice validates on, no other trains
        on.

        Raises:
            UserError: If there is nothing to train on, or a class is too small to be cut.
        """
        if self.stratify:
            self.check_cut(labels, [self.val_share])
            train, val = split_by_class(labels, self.val_share, self.split_seed)
        else:
            train, val = split_indices(len(labels), self.val_share, self.split_seed)
            check_enough(self.val_share, len(train), len(labels))
        return self.choice.keep_trained(labels, train), self.choice.keep(labels, val)

    def check_cut(self, labels: Tensor, shares: list[float | None]) -> None:
        """Refuse labels of which a class is too small to be cut within it; see `check_each_class`."""
        check_each_class(self.choice.counts(labels), shares)

    def check_labels(self, labels: Tensor, part: str) -> None:
        """Refuse labels that are no class.

        Raises:
            UserError: With the range that they have.
        """
        self.choice.check_labels(labels, part)

    def train_dataloader(self) -> TrainLoader:
        """Return the shuffled training batches; their order follows the trainer's epoch, or is a new one each time."""
        assert self.train_data is not None
        trainer = self.trainer
        rank, world_size = self._place(self.train_data, "train on")
        self._train_loader = TrainLoader(
            self._near(self.train_data),
            self.batch_size,
            seed=self.seed,
            epoch=self._epochs.__next__ if trainer is None else lambda: trainer.current_epoch,
            shuffle=self.shuffle,
            rank=rank,
            world_size=world_size,
        )
        if self._position is not None:
            self._train_loader.load_state_dict(self._position)
        return self._train_loader

    def state_dict(self) -> dict[str, int]:
        """Return how far the training batches have been handed out.

        Lightning asks the loader too, and forgets the answer if a schedule had asked for the length of the run first.
        """
        return {} if self._train_loader is None else self._train_loader.state_dict()

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Begin where another's training batches were."""
        self._position = state_dict or None
        if self._position is not None and self._train_loader is not None:
            self._train_loader.load_state_dict(self._position)

    def val_dataloader(self) -> EvalLoader | list[Any]:
        """Return the validation batches, or an empty list, which is Lightning's sign for no validation."""
        return [] if self.val_data is None else self._eval_loader(self.val_data, "validate on")

    def test_dataloader(self) -> EvalLoader:
        """Return the test batches."""
        assert self.test_data is not None
        return self._eval_loader(self.test_data, "test on")

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Return the batch on `device`, without Lightning's search for tensors in whatever a batch may be.

        A tensor is the example of a module, whose layers a callback of Lightning's lists.
        """
        if isinstance(batch, Tensor):
            return batch.to(device)
        return Batch(*(part.to(device, non_blocking=True) for part in batch))

    def _eval_loader(self, data: ImageSet, what: str) -> EvalLoader:
        rank, world_size = self._place(data, what)
        return EvalLoader(self._near(data), self.eval_batch_size, rank=rank, world_size=world_size)

    def _near(self, data: ImageSet) -> ImageSet:
        """Return images where the network is, if that has room for them."""
        return data if self.trainer is None else on_device(data, self.trainer.strategy.root_device)

    def _place(self, data: ImageSet, what: str) -> tuple[int, int]:
        """Return which process this is, and of how many; there must be an image for each."""
        if self.trainer is None:
            return 0, 1
        check_processes(len(data.labels), what, self.trainer.world_size)
        return self.trainer.global_rank, self.trainer.world_size
