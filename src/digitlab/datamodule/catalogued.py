"""The data sets that are known by name: a whole set in memory, one index operation a batch."""

from dataclasses import dataclass

from torch import Tensor, is_tensor

from digitlab.data.batch import Batch, ImageSet
from digitlab.data.catalogue import BUNDLED, NAMES, SOURCES, Part
from digitlab.data.load import load
from digitlab.data.sources.download import ensure_files
from digitlab.datamodule.base import ImageDataModule
from digitlab.datamodule.fingerprint import file_checksum, tensor_checksum


@dataclass(eq=False, kw_only=True)
class DigitDataModule(ImageDataModule):
    """MNIST, its relatives and the bundled digits.

    Args:
        dataset: A name in `data.catalogue.NAMES`.
        data_dir: Folder in torchvision's layout (`MNIST/raw/train-images-idx3-ubyte`, ...).
        download: Whether missing files may be fetched.
        timeout_seconds: Longest silence of a server before a download is given up.
    """

    datasets = NAMES

    download: bool = True
    timeout_seconds: float = 30.0

    def prepare_data(self) -> None:
        """Fetch what is missing or damaged. Lightning calls this in one process only."""
        ensure_files(
            self.dataset,
            self.root,
            download=self.download,
            timeout_seconds=self.timeout_seconds,
            num_classes=max(self.kept_labels() or [self.num_classes - 1]) + 1,
        )

    def read_to_fit(self) -> tuple[ImageSet, ImageSet | None]:
        """Return the training images, cut in two."""
        whole = self._load("train")
        train, val = self.cut(whole.labels)
        return self._some(whole, train), self._some(whole, val) if len(val) else None

    def read_to_test(self) -> ImageSet:
        """Return the test images."""
        whole = self._load("test")
        return ImageSet(*whole) if self.classes is None else self._some(whole, self.choice.keep_tested(whole.labels))

    def content_checksums(self) -> dict[str, str]:
        """Return the checksums of the images in memory, and of the files of the test part, which stay unread."""
        parts = {"train": self.train_data, "val": self.val_data}
        found = {name: tensor_checksum(data.images) for name, data in parts.items() if data and is_tensor(data.images)}
        if self.dataset != BUNDLED:
            found["test"] = "-".join(file_checksum(path) for path in SOURCES[self.dataset].paths(self.root, "test"))
        return found

    def _some(self, whole: Batch, rows: Tensor) -> ImageSet:
        return ImageSet(whole.images.index_select(0, rows), self.choice.renumber(whole.labels[rows]))

    def _load(self, part: Part) -> Batch:
        data = load(self.dataset, part, self.root)
        self.check_labels(data.labels, part)
        return data
