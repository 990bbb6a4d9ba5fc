"""Several processes prepare one folder at once, from a slow mirror on this machine: all must succeed.

    python tests/data/prepare_together.py 50            50 rounds, each in an empty folder
    python tests/data/prepare_together.py 50 damaged    each in a folder with one file half there and one flipped bit

Prints what failed, and fails if anything did. A round fails if a process does, if any process reads other data
than was served, if a file is seen that is not whole, or if anything was fetched twice.
"""

import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

import torch
from mirrors import Resources, SlowHandler, pack, serving
from torchvision.datasets import MNIST

from digitlab.data.catalog import SOURCES
from digitlab.data.download import ensure_files
from digitlab.data.load import load

PROCESSES = 8


def main(rounds: int, damaged: bool = False) -> int:
    """Run `rounds` rounds and returns how many of them failed."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        truth = make_truth(root / "truth")
        resources = pack(root / "truth", root / "mirror")
        with workers(truth, resources) as pipes, serving(root / "mirror", SlowHandler) as address:
            failed = sum(bool(run_round(number, root, truth, pipes, address, damaged)) for number in range(rounds))
    print(f"{failed} of {rounds} rounds failed, {PROCESSES} processes each", flush=True)
    return failed


def make_truth(raw: Path) -> dict[str, bytes]:
    """Write 600 and 100 images of noise in the IDX format, and return the content of each file."""
    raw.mkdir(parents=True)
    for prefix, count in (("train", 600), ("t10k", 100)):
        number, side = count.to_bytes(4, "big"), (28).to_bytes(4, "big")
        noise, labels = random.Random(count).randbytes(count * 784), bytes(i % 10 for i in range(count))
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + number + side + side + noise)
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + number + labels)
    return {path.name: path.read_bytes() for path in raw.iterdir()}


@contextmanager
def workers(truth: dict[str, bytes], resources: Resources) -> Iterator[list[Connection]]:
    """Fork before there are threads: all share one import of torch, and start a round within milliseconds."""
    context = multiprocessing.get_context("fork")
    pairs = [context.Pipe() for _ in range(PROCESSES)]
    processes = [context.Process(target=work, args=(theirs, truth, resources), daemon=True) for _, theirs in pairs]
    for process in processes:
        process.start()
    try:
        yield [ours for ours, _ in pairs]
    finally:
        for process in processes:
            process.terminate()
            process.join()


def work(pipe: Connection, truth: dict[str, bytes], resources: Resources) -> None:
    """Prepare each folder that is named on `pipe`, and answer with what is wrong with it, or nothing."""
    torch.set_num_threads(1)
    sums = {name: sha256(content).hexdigest() for name, content in truth.items()}
    SOURCES["mnist"] = replace(SOURCES["mnist"], counts={"train": 600, "test": 100}, sha256=sums)
    MNIST.resources = resources
    while True:
        data_dir, address = pipe.recv()
        MNIST.mirrors = [address]
        try:
            ensure_files("mnist", data_dir, download=True, timeout_seconds=20)
            for part, name in (("train", "train-labels-idx1-ubyte"), ("test", "t10k-labels-idx1-ubyte")):
                assert load("mnist", part, data_dir).labels.tolist() == list(truth[name][8:])
            pipe.send("")
        except Exception as error:
            pipe.send(repr(error))


def run_round(
    number: int, root: Path, truth: dict[str, bytes], pipes: list[Connection], address: str, damaged: bool
) -> list[str]:
    """Return what went wrong."""
    folder = root / f"round{number}"
    raw = folder / "MNIST" / "raw"
    known_bad = damage(raw, truth) if damaged else {}
    SlowHandler.fetched.clear()
    for pipe in pipes:
        pipe.send((folder, address))
    faults, waiting = [], list(pipes)
    while waiting:
        waiting = [pipe for pipe in waiting if not pipe.poll()]
        faults += half_files(raw, truth, known_bad)
        time.sleep(0.001)
    faults += [answer for answer in (pipe.recv() for pipe in pipes) if answer]
    there = {name: (raw / name).read_bytes() for name in truth if (raw / name).is_file()}
    faults += [f"{name} is not what was served" for name in truth if there.get(name) != truth[name]]
    if sorted(SlowHandler.fetched) != sorted(f"/{name}.gz" for name in [*truth, *truth]):  # see SlowHandler
        faults.append(f"fetched {SlowHandler.fetched}")
    if faults:
        print(f"round {number}: {faults}", flush=True)
    return faults


def half_files(raw: Path, truth: dict[str, bytes], known_bad: dict[str, bytes]) -> list[str]:
    """Name the files that anybody who looks now would find in an unfinished state."""
    bad = []
    for name, content in truth.items():
        try:
            seen = (raw / name).read_bytes()
        except FileNotFoundError:
            continue
        if seen not in (content, known_bad.get(name, content)):
            bad.append(f"{name} was seen with {len(seen)} bytes")
    return bad


def damage(raw: Path, truth: dict[str, bytes]) -> dict[str, bytes]:
    """Leave half of one file and a wrong bit in another, and nothing else."""
    raw.mkdir(parents=True)
    images, labels = truth["train-images-idx3-ubyte"], bytearray(truth["t10k-labels-idx1-ubyte"])
    labels[50] ^= 1
    bad = {"train-images-idx3-ubyte": images[: len(images) // 2], "t10k-labels-idx1-ubyte": bytes(labels)}
    for name, content in bad.items():
        (raw / name).write_bytes(content)
    return bad


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), damaged="damaged" in sys.argv[2:]) > 0)
