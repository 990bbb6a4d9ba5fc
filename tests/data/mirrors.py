"""A mirror of tiny data on this machine, as torchvision expects MNIST's to be."""

import contextlib
import gzip
import hashlib
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Resources = list[tuple[str, str]]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None: ...


class SlowHandler(QuietHandler):
    """Answers in small pieces with pauses, so that half a file lies somewhere for a while, and counts."""

    fetched: list[str] = []  # noqa: RUF012  (a handler lives for one request; this is the server's memory)

    def copyfile(self, source, outputfile) -> None:  # type: ignore[no-untyped-def]
        self.fetched.append(self.path)
        with contextlib.suppress(ConnectionError):  # torchvision first asks where it will be led, and hangs up
            for piece in iter(partial(source.read, 40_000), b""):
                outputfile.write(piece)
                outputfile.flush()
                time.sleep(0.005)


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
