"""Several processes prepare one folder at once, from a slow mirror on this machine: all must succeed."""

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from digitlab.data.load import load
from digitlab.data.sources.download import ensure_files
from support.mirrors import Resources, SlowHandler, make_truth, pack, serving, sums_of, take_for_original
from torture.counts import Count

PROCESSES = 8


def together(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Prepare `rounds` empty folders, and as many with one file half there and one flipped bit.

    A round is at fault if a process fails, if any process reads other data than was served, if a file is seen that is
    not whole, or if anything was fetched twice.
    """
    counts = []
    truth = make_truth(root / "truth")
    resources = pack(root / "truth", root / "mirror")
    with workers(truth, resources) as pipes, serving(root / "mirror", SlowHandler) as address:
        for what, damaged in (("an empty", False), ("a damaged", True)):
            count = Count(f"{PROCESSES} processes prepare {what} folder")
            for number in range(rounds):
                folder = root / f"{what} {number}"
                faults = run_round(folder, truth, pipes, address, damage(folder, truth) if damaged else {})
                count.add(f"round {number}: {'; '.join(faults)}" if faults else None)
            counts.append(count)
    return counts


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
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # who waits for whom is no news here
    sums = sums_of(truth)
    while True:
        data_dir, address = pipe.recv()
        take_for_original(sums, resources, [address])
        try:
            ensure_files("mnist", data_dir, download=True, timeout_seconds=20)
            for part, name in (("train", "train-labels-idx1-ubyte"), ("test", "t10k-labels-idx1-ubyte")):
                assert load("mnist", part, data_dir).labels.tolist() == list(truth[name][8:])
            pipe.send("")
        except Exception as error:
            pipe.send(repr(error))


def run_round(
    folder: Path, truth: dict[str, bytes], pipes: list[Connection], address: str, known_bad: dict[str, bytes]
) -> list[str]:
    """Return what went wrong."""
    raw = folder / "MNIST" / "raw"
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


def damage(folder: Path, truth: dict[str, bytes]) -> dict[str, bytes]:
    """Leave half of one file and a wrong bit in another, and nothing else."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    images, labels = truth["train-images-idx3-ubyte"], bytearray(truth["t10k-labels-idx1-ubyte"])
    labels[50] ^= 1
    bad = {"train-images-idx3-ubyte": images[: len(images) // 2], "t10k-labels-idx1-ubyte": bytes(labels)}
    for name, content in bad.items():
        (raw / name).write_bytes(content)
    return bad
