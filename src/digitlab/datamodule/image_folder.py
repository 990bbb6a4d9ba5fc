"""People's own pictures in class folders, of any size and colour: decoded once, then read like any IDX file."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from digitlab.data.batch import ImageSet
from digitlab.data.catalogue import IMAGE_FOLDER
from digitlab.data.formats.picture import Invert
from digitlab.data.sources.class_folders import Pictures, find_folder, list_pictures, part_of_pictures
from digitlab.data.splits import split_by_class, split_indices
from digitlab.data.storage.decode_cache import content_checksum, decode_once
from digitlab.data.storage.idx_files import open_images
from digitlab.data.storage.on_disk import ImagesOnDisk
from digitlab.datamodule.base import ImageDataModule
from digitlab.datamodule.fingerprint import entry_of, tensor_checksum
from digitlab.errors import UserError

KEPT_IN = ".decoded"
OF_THE_CUT = ("test_share", "val_share", "split_seed")  # what, with `stratify`, decides which pictures are for testing
ALL = "all, since the model was trained on other data"
KEPT = "those that were kept from training"


class _Decoded(NamedTuple):
    """The pictures of one part, and where they are kept."""

    images: ImagesOnDisk
    labels: Tensor
    path: Path


@dataclass(eq=False, kw_only=True)
class FolderDataModule(ImageDataModule):
    """Pictures below `train/`, `val/` and `test/`; a part that has no folder is cut from the training pictures.

    Args:
        dataset: "image_folder".
        data_dir: Where relative paths begin; decoded pictures are kept there.
        folder: Holds the folders of the parts, or the class folders themselves.
        classes: Names of the class folders, in the order of the labels. They travel in the checkpoint, so that an
            evaluation elsewhere gives each class its own label, whatever folders there are.
        test_share: Share kept for testing if there is no `test/`, in (0, 1); MNIST keeps 10,000 of 70,000.
        stratify: Whether parts are cut within each class, so that none is without a picture in any part.
        invert: Whether to swap bright and dark: True, False, or "auto", for each picture with a bright rim.
        kept_in: Folder for decoded pictures; `None` for `.decoded` in `data_dir`. A run that is resumed and whose
            `data_dir` only its own file names keeps them in its directory.
        workers: Threads that decode, 0 or more; `None` for one per core. No picture depends on it.
    """

    datasets = (IMAGE_FOLDER,)

    folder: str
    classes: Sequence[str]
    test_share: float = 1 / 7
    stratify: bool = True
    invert: Invert = "auto"
    workers: int | None = None
    kept_in: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._decoded: dict[str, _Decoded] = {}
        self._tested = ""  # which pictures are, in words

    def prepare_data(self) -> None:
        """Say what is left out, and decode what has not been, so that an unreadable picture is found at once."""
        if self._pictures.left_out:
            _say_once(f"data.folder={self.folder}: left out: {self._pictures.left_out}")
        for part in self._pictures.parts:
            self._read(part)
        if self._tested:
            count, total = len(self.read_to_test().labels), sum(len(it.labels) for it in self._decoded.values())
            _say_once(f"data.folder={self.folder}: tests {count:,} of {total:,} pictures, {self._tested}")

    def read_to_fit(self) -> tuple[ImageSet, ImageSet | None]:
        """Return the pictures to train on, and those to validate on: of `val/`, or cut from the training pictures."""
        images, labels, _ = self._read("train")
        rows = self._cut_test(labels)[0]
        if self.val_share is not None and "val" in self._pictures.parts:
            val_data = self._read("val")
            return _only(images, labels, self.choice.keep_trained(labels, rows)), ImageSet(
                val_data.images, val_data.labels
            )
        train, val = self.cut(labels[rows])
        return _only(images, labels, rows[train]), _only(images, labels, rows[val]) if len(val) else None

    def read_to_test(self) -> ImageSet:
        """Return the pictures of `test/`, or those cut from the training pictures."""
        if "test" in self._pictures.parts:
            images, labels, _ = self._read("test")
            return ImageSet(images, labels)
        images, labels, _ = self._read("train")
        return ImageSet(images, labels) if self._tested == ALL else _only(images, labels, self._cut_test(labels)[1])

    def test_unseen(self, trained_on: Mapping[str, Any], fingerprint: Any = None) -> None:
        """Test on all pictures if a model was trained on others, and on what was kept from it if it had these.

        Args:
            trained_on: The `data` of its checkpoint.
            fingerprint: Of the data that it was trained on, as it stands in its checkpoint: the folder may have moved.

        Raises:
            UserError: If a class has more or fewer pictures today: the cut would be another, and what is left for
                testing partly what the model has learnt from.
        """
        if "test" in self._pictures.parts:
            self._tested = "those of its test folder"
        elif self._is_known(trained_on, fingerprint):
            for name in OF_THE_CUT:
                setattr(self, name, trained_on.get(name, getattr(self, name)))
            self.stratify = trained_on.get("stratify", False)  # which older checkpoints do not know
            self._check_counts(fingerprint)
            same = entry_of(fingerprint, "contents", "train") in (None, self.content_checksums()["train"])
            self._tested = KEPT if same else f"{KEPT} if each is in its old place: they are not the same bytes as then"
        else:
            self._tested = ALL

    def kept_labels(self) -> None:
        """Return nothing: `classes` names the folders that are read, whose places are the labels."""

    def class_names(self) -> list[str]:
        """Return the names of the class folders."""
        return list(self.classes)

    def content_checksums(self) -> dict[str, str]:
        """Return those of the decoded pictures, by the parts that have a folder."""
        return {part: content_checksum(self._read(part).path) for part in self._pictures.parts}

    @cached_property
    def _folder(self) -> Path:
        return find_folder(self.root, self.folder)

    @cached_property
    def _pictures(self) -> Pictures:
        """What there is, once and for the whole run."""
        return list_pictures(self._folder, self.classes)

    def _is_known(self, trained_on: Mapping[str, Any], fingerprint: Any) -> bool:
        """Return whether a model was trained on these pictures: by the name of the folder, or by what is in it."""
        if trained_on.get("dataset") != self.dataset:
            return False
        there = self.root / os.path.expanduser(str(trained_on.get("folder")))
        same_place = os.path.realpath(there) == os.path.realpath(self._folder)
        return same_place or entry_of(fingerprint, "contents", "train") == self.content_checksums()["train"]

    def _check_counts(self, fingerprint: Any) -> None:
        then = entry_of(fingerprint, "labels", "train")
        if then is not None and then != tensor_checksum(self.read_to_fit()[0].labels):
            raise UserError(
                f"data.folder={self.folder}: its pictures have changed since the model was trained on them, so which "
                "were kept from training is not known; restore them, or give others in a folder of their own"
            )

    def _cut_test(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return which of the pictures below `train/` are not for testing, and which are."""
        share = None if "test" in self._pictures.parts else self.test_share
        if not self.stratify:
            return split_indices(len(labels), share, self.split_seed)
        self.check_cut(labels, [share, None if "val" in self._pictures.parts else self.val_share])
        return split_by_class(labels, share, self.split_seed)

    def _read(self, part: str) -> _Decoded:
        if part not in self._decoded:
            listing = part_of_pictures(self._pictures.parts, part, self._folder)
            path = decode_once(listing, self.invert, self.workers, Path(self.kept_in or self.root / KEPT_IN))
            labels = torch.tensor(listing.labels)
            self.check_labels(labels, part)
            self._decoded[part] = _Decoded(open_images("data.folder", path), labels, path)
        return self._decoded[part]


def _only(images: ImagesOnDisk, labels: Tensor, rows: Tensor) -> ImageSet:
    return ImageSet(images.only(rows), labels[rows])


@lru_cache
def _say_once(line: str) -> None:
    print(line, flush=True)
