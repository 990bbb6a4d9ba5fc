"""The data sets by name: which files they consist of and where torchvision keeps them.

Imports nothing heavy: a mistyped data set must be refused before torch is loaded.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Part = Literal["train", "test"]

BUNDLED = "digits"
IDX = "idx"  # anybody's own files
IMAGE_FOLDER = "image_folder"  # anybody's own pictures


@dataclass(frozen=True)
class Source:
    """A data set that lies in files, in the layout of the torchvision class of the same name.

    Attributes:
        title: Its name in prose and in torchvision.
        folder: Folder of the files below `paths.data_dir`.
        files: The files of each part: images, then labels (one file may hold both).
        download_mb: What a download costs, in 10^6 bytes.
        counts: Images of each part of the original.
        num_classes: Classes of the original.
        torchvision_options: Arguments that the torchvision class needs, by part.
        first_label: Label of class 0 in the files; EMNIST's letters count from 1.
        transposed: Whether rows and columns are swapped in the files, as in all of EMNIST.
        archive: The one archive that all files come from, where there is such a thing.
        sha256: Checksums of the original's files, uncompressed, by name; empty where nobody has computed them.
    """

    title: str
    folder: str
    files: dict[Part, tuple[str, ...]]
    download_mb: float
    counts: dict[Part, int]
    num_classes: int = 10
    torchvision_options: dict[Part, dict[str, object]] = field(default_factory=dict)
    first_label: int = 0
    transposed: bool = False
    archive: str = ""
    sha256: dict[str, str] = field(default_factory=dict)

    def paths(self, data_dir: str | Path, part: Part) -> tuple[Path, ...]:
        """Return where the files of `part` belong."""
        return tuple(Path(data_dir) / self.folder / name for name in self.files[part])

    def where(self, data_dir: str | Path) -> dict[str, Path]:
        """Return where each file of both parts belongs, by name."""
        return {path.name: path for part in self.files for path in self.paths(data_dir, part)}

    def missing(self, data_dir: str | Path) -> list[Path]:
        """Return the files of both parts that are not there."""
        return [path for part in self.files for path in self.paths(data_dir, part) if not path.is_file()]


def _idx_files(train: str, test: str, labels: str = "labels-idx1-ubyte") -> dict[Part, tuple[str, ...]]:
    return {
        "train": (f"{train}-images-idx3-ubyte", f"{train}-{labels}"),
        "test": (f"{test}-images-idx3-ubyte", f"{test}-{labels}"),
    }


def _emnist(split: str, train: int, test: int, num_classes: int, first_label: int = 0) -> Source:
    return Source(
        title="EMNIST",
        folder="EMNIST/raw",
        files=_idx_files(f"emnist-{split}-train", f"emnist-{split}-test"),
        download_mb=562,  # one archive with all splits
        counts={"train": train, "test": test},
        num_classes=num_classes,
        torchvision_options={"train": {"split": split}},
        first_label=first_label,
        transposed=True,
        archive="gzip.zip",
    )


# Computed from the files as torchvision extracts them; their archives' md5 sums are those that torchvision knows.
MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
AS_MNIST: dict[Part, int] = {"train": 60_000, "test": 10_000}


SOURCES: dict[str, Source] = {
    "mnist": Source("MNIST", "MNIST/raw", _idx_files("train", "t10k"), 11.6, AS_MNIST, sha256=MNIST_SHA256),
    "fashion_mnist": Source("FashionMNIST", "FashionMNIST/raw", _idx_files("train", "t10k"), 30.9, AS_MNIST),
    "kmnist": Source("KMNIST", "KMNIST/raw", _idx_files("train", "t10k"), 21.2, AS_MNIST),
    "emnist": _emnist("balanced", 112_800, 18_800, num_classes=47),
    "emnist_letters": _emnist("letters", 124_800, 20_800, num_classes=26, first_label=1),
    "emnist_digits": _emnist("digits", 240_000, 40_000, num_classes=10),
    "qmnist": Source(
        "QMNIST",
        "QMNIST/raw",
        _idx_files("qmnist-train", "qmnist-test", labels="labels-idx2-int"),
        download_mb=20.5,
        counts={"train": 60_000, "test": 60_000},
        torchvision_options={"train": {"train": True}, "test": {"train": False}},
    ),
    "usps": Source(
        "USPS",
        "",
        {"train": ("usps.bz2",), "test": ("usps.t.bz2",)},
        download_mb=8.4,
        counts={"train": 7_291, "test": 2_007},
        torchvision_options={"train": {"train": True}, "test": {"train": False}},
    ),
}

NAMES = (BUNDLED, *SOURCES)
