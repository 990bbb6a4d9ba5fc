"""Downloads, against a server of our own on this machine; nothing here leaves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from torchvision.datasets import MNIST

from digitlab.data.catalogue import SOURCES
from digitlab.data.load import load
from digitlab.data.sources.download import ensure_files
from digitlab.errors import UserError
from support.mirrors import mnist_mirror


@pytest.fixture
def mirror(tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with mnist_mirror(tiny_mnist / "MNIST" / "raw", tmp_path / "mirror", monkeypatch) as folder:
        yield folder


def test_missing_files_are_fetched_once(
    mirror: Path, tmp_path: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_files("mnist", tmp_path / "data", download=True, timeout_seconds=5)
    assert "Downloading MNIST (11.6 MB) to " in capsys.readouterr().out
    assert load("mnist", "train", tmp_path / "data").labels.equal(load("mnist", "train", tiny_mnist).labels)
    for path in mirror.iterdir():
        path.unlink()
    ensure_files("mnist", tmp_path / "data", download=True, timeout_seconds=5)
    assert capsys.readouterr().out == ""


def test_a_damaged_download_is_refused(mirror: Path, tmp_path: Path) -> None:
    (mirror / "t10k-labels-idx1-ubyte.gz").write_bytes(b"something else")
    with pytest.raises(UserError, match="3 files are missing and the download failed") as caught:
        ensure_files("mnist", tmp_path / "data", download=True, timeout_seconds=5)
    assert "t10k-labels-idx1-ubyte" in str(caught.value)


@pytest.fixture
def silent_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A mirror that accepts connections and never answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.getsockname()[1]}/"])
        yield


def test_a_silent_server_is_given_up(silent_server: None, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="timed out"):
        ensure_files("mnist", tmp_path, download=True, timeout_seconds=0.3)


def test_without_network_the_paragraph_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])  # nothing listens there
    with pytest.raises(UserError) as caught:
        ensure_files("mnist", tmp_path, download=True, timeout_seconds=5)
    tried, where, now = str(caught.value).splitlines()
    assert "data=mnist: 4 files are missing and the download failed: " in tried
    assert "refused" in tried
    for name in (name for names in SOURCES["mnist"].files.values() for name in names):
        assert name in where
    assert "MNIST/raw" in where
    assert "paths.data_dir=" in where
    assert now.startswith("data=digits works now")


def test_no_download_means_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MNIST, "download", lambda self: pytest.fail("asked the network"))
    with pytest.raises(UserError, match=r"data\.download=false, so nothing was fetched"):
        ensure_files("mnist", tmp_path / "data", download=False, timeout_seconds=5)
    assert not (tmp_path / "data").exists()


def test_bundled_digits_need_nothing(tmp_path: Path) -> None:
    ensure_files("digits", tmp_path / "none", download=False, timeout_seconds=5)
    assert not (tmp_path / "none").exists()
