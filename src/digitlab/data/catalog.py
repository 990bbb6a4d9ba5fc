"""The data sets by name: which files they consist of and where torchvision keeps them.

Imports nothing heavy: a mistyped data set must be refused before torch is loaded.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Part = Literal["train", "test"]

BUNDLED = "digits"


@dataclass(frozen=True)
class Source:
    """A data set that lies in files, in the layout of the torchvision class of the same name.

    Attributes:
        title: Its name in prose and in torchvision.
        folder: Folder of the files below `paths.data_dir`.
        files: The files of each part: images, then labels (one file may hold both).
        download_mb: What a download costs, in 10^6 bytes.
        torchvision_options: Arguments that the torchvision class needs, by part.
        first_label: Label of class 0 in the files; EMNIST's letters count from 1.
        transposed: Whether rows and columns are swapped in the files, as in all of EMNIST.
    """

    title: str
    folder: str
    files: dict[Part, tuple[str, ...]]
    download_mb: float
    torchvision_options: dict[Part, dict[str, object]] = field(default_factory=dict)
    first_label: int = 0
    transposed: bool = False

    def paths(self, data_dir: str | Path, part: Part) -> tuple[Path, ...]:
        """Return where the files of `part` belong."""
        return tuple(Path(data_dir) / self.folder / name for name in self.files[part])

    def missing(self, data_dir: str | Path) -> list[Path]:
        """Return the files of both parts that are not there."""
        return [path for part in self.files for path in self.paths(data_dir, part) if not path.is_file()]


def _idx_files(train: str, test: str, labels: str = "labels-idx1-ubyte") -> dict[Part, tuple[str, ...]]:
    return {
        "train": (f"{train}-images-idx3-ubyte", f"{train}-{labels}"),
        "test": (f"{test}-images-idx3-ubyte", f"{test}-{labels}"),
    }


def _emnist(split: str, first_label: int = 0) -> Source:
    return Source(
        title="EMNIST",
        folder="EMNIST/raw",
        files=_idx_files(f"emnist-{split}-train", f"emnist-{split}-test"),
        download_mb=562,  # one archive with all splits
        torchvision_options={"train": {"split": split}},
        first_label=first_label,
        transposed=True,
    )


SOURCES: dict[str, Source] = {
    "mnist": Source("MNIST", "MNIST/raw", _idx_files("train", "t10k"), download_mb=11.6),
    "fashion_mnist": Source("FashionMNIST", "FashionMNIST/raw", _idx_files("train", "t10k"), download_mb=30.9),
    "kmnist": Source("KMNIST", "KMNIST/raw", _idx_files("train", "t10k"), download_mb=21.2),
    "emnist": _emnist("balanced"),
    "emnist_letters": _emnist("letters", first_label=1),
    "emnist_digits": _emnist("digits"),
    "qmnist": Source(
        "QMNIST",
        "QMNIST/raw",
        _idx_files("qmnist-train", "qmnist-test", labels="labels-idx2-int"),
        download_mb=20.5,
        torchvision_options={"train": {"train": True}, "test": {"train": False}},
    ),
    "usps": Source(
        "USPS",
        "",
        {"train": ("usps.bz2",), "test": ("usps.t.bz2",)},
        download_mb=8.4,
        torchvision_options={"train": {"train": True}, "test": {"train": False}},
    ),
}

NAMES = (BUNDLED, *SOURCES)
