"""A mirror of tiny data on this machine, as torchvision expects MNIST's to be."""

import contextlib
import gzip
import hashlib
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from digitlab.data.catalogue import SOURCES, Part
from torture.processes import Prepare

Resources = list[tuple[str, str]]
COUNTS: dict[Part, int] = {"train": 600, "test": 100}


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class SlowHandler(QuietHandler):
    """Answers in small pieces with pauses, so that half a file lies somewhere for a while, and counts."""

    pause_seconds = 0.005
    fetched: list[str] = []  # noqa: RUF012  (a handler lives for one request; this is the server's memory)

    def copyfile(self, source, outputfile) -> None:  # type: ignore[no-untyped-def]
        """Send a file."""
        self.fetched.append(self.path)
        with contextlib.suppress(ConnectionError):  # torchvision first asks where it will be led, and hangs up
            for piece in iter(partial(source.read, 40_000), b""):
                outputfile.write(piece)
                outputfile.flush()
                time.sleep(self.pause_seconds)


class SlowerHandler(SlowHandler):
    """Takes seconds for everything."""

    pause_seconds = 0.1


def make_truth(raw: Path, counts: dict[Part, int] = COUNTS) -> dict[str, bytes]:
    """Write images of noise in the IDX format, 600 and 100 by default, and return the content of each file."""
    raw.mkdir(parents=True)
    for prefix, count in (("train", counts["train"]), ("t10k", counts["test"])):
        number, side = count.to_bytes(4, "big"), (28).to_bytes(4, "big")
        noise, labels = random.Random(count).randbytes(count * 784), bytes(i % 10 for i in range(count))
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + number + side + side + noise)
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + number + labels)
    return {path.name: path.read_bytes() for path in raw.iterdir()}


def pack(raw: Path, folder: Path) -> Resources:
    """Compress the IDX files of `raw` into `folder`; return what torchvision calls the resources."""
    folder.mkdir(exist_ok=True)
    resources = []
    for path in sorted(raw.glob("*-ubyte")):
        packed = folder / f"{path.name}.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        resources.append((packed.name, hashlib.md5(packed.read_bytes()).hexdigest()))
    return resources


@contextlib.contextmanager
def serving(folder: Path, handler: type[QuietHandler] = QuietHandler) -> Iterator[str]:
    """Serve `folder` on 127.0.0.1; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def mnist_mirror(raw: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve the IDX files of `raw`, packed into `folder`, as torchvision's only mirror of MNIST; give `folder`."""
    from torchvision.datasets import MNIST

    monkeypatch.setattr(MNIST, "resources", pack(raw, folder))
    with serving(folder) as address:
        monkeypatch.setattr(MNIST, "mirrors", [address])
        yield folder


@contextlib.contextmanager
def mirrored(root: Path, handler: type[QuietHandler]) -> Iterator[Prepare]:
    """Serve noise as MNIST; give what makes a process take it for the original, and fetch it from here."""
    truth = make_truth(root / "truth")
    resources = pack(root / "truth", root / "packed")
    with serving(root / "packed", handler) as address:
        yield partial(take_for_original, sums_of(truth), resources, [address])


def sums_of(truth: Mapping[str, bytes]) -> dict[str, str]:
    """Return the checksum of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in truth.items()}


def take_for_original(
    sums: dict[str, str],
    resources: Sequence[tuple[str, str]] = (),
    mirrors: Sequence[str] = (),
    counts: dict[Part, int] = COUNTS,
) -> None:
    """Have this process know the files with these checksums as MNIST, and these mirrors and no others."""
    from torchvision.datasets import MNIST

    SOURCES["mnist"] = replace(SOURCES["mnist"], counts=counts, sha256=sums)
    MNIST.resources, MNIST.mirrors = list(resources), list(mirrors)
