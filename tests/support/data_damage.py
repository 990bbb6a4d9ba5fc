"""Every kind of damage to a data set, and a folder to do it in."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from torchvision.datasets import MNIST

from digitlab.data.catalogue import SOURCES
from digitlab.data.sources.download import ensure_files
from support.idx_damage import DAMAGE

each_damage = pytest.mark.parametrize(("name", "apply", "what"), DAMAGE.values(), ids=list(DAMAGE))


def copy_as_original(tiny_mnist: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the tiny data, and let them pass for the original: put their checksums and counts in the catalogue."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    sums = {}
    for path in (tiny_mnist / "MNIST" / "raw").iterdir():
        content = path.read_bytes()
        (raw / path.name).write_bytes(content)
        sums[path.name] = sha256(content).hexdigest()
    known = replace(SOURCES["mnist"], counts={"train": 600, "test": 100}, sha256=sums)
    monkeypatch.setitem(SOURCES, "mnist", known)
    monkeypatch.setattr(MNIST, "mirrors", [])
    return folder


def ensure(data: Path, download: bool = False) -> None:
    ensure_files("mnist", data, download=download, timeout_seconds=5)
