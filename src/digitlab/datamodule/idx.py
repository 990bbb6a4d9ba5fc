"""Anybody's own IDX files, of any size: left on disk, so that a set larger than memory is no different from MNIST."""

from dataclasses import dataclass

from torch import Tensor

from digitlab.data.batch import ImageSet
from digitlab.data.catalogue import IDX, Part
from digitlab.data.storage.idx_files import open_pair
from digitlab.data.storage.on_disk import ImagesOnDisk
from digitlab.datamodule.base import ImageDataModule
from digitlab.datamodule.fingerprint import file_checksum


@dataclass(eq=False, kw_only=True)
class IdxDataModule(ImageDataModule):
    """Images read as they are wanted, labels in memory.

    The same images give the same batches as from memory, to the bit. Memory: twenty-four bytes an image, for labels,
    rows and the order of an epoch, and the 400 MB of `storage.on_disk`.

    Args:
        dataset: "idx".
        data_dir: Where relative paths begin.
        train_images: IDX file of square images of bytes; 28x28 is taken as it is. Not compressed.
        train_labels: IDX file of one whole number for each.
        test_images: Likewise, to test with.
        test_labels: Likewise.
        stratify: Whether the validation part is cut within each class.
    """

    datasets = (IDX,)

    train_images: str
    train_labels: str
    test_images: str
    test_labels: str
    stratify: bool = True

    def prepare_data(self) -> None:
        """See that the files to test with are sound too, before a long training begins."""
        self._open("test")

    def read_to_fit(self) -> tuple[ImageSet, ImageSet | None]:
        """Return the training images, cut in two by their labels, without a look at them."""
        images, labels = self._open("train")
        train, val = self.cut(labels)
        return self._some(images, labels, train), self._some(images, labels, val) if len(val) else None

    def read_to_test(self) -> ImageSet:
        """Return the test images."""
        images, labels = self._open("test")
        return self._some(images, labels, self.choice.keep_tested(labels))

    def content_checksums(self) -> dict[str, str]:
        """Return the checksums of the files; training and validation images share one, whose labels are known."""
        test = "-".join(file_checksum(self.root / name) for name in (self.test_images, self.test_labels))
        return {"train": file_checksum(self.root / self.train_images), "test": test}

    def _some(self, images: ImagesOnDisk, labels: Tensor, rows: Tensor) -> ImageSet:
        return ImageSet(images.only(rows), self.choice.renumber(labels[rows]))

    def _open(self, part: Part) -> tuple[ImagesOnDisk, Tensor]:
        names = {"train": (self.train_images, self.train_labels), "test": (self.test_images, self.test_labels)}
        keys = f"data.{part}_images", f"data.{part}_labels"
        images, labels = open_pair({key: self.root / name for key, name in zip(keys, names[part], strict=True)})
        self.check_labels(labels, part)
        return images, labels
