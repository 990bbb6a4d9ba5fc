"""USPS: read line by line, and a small file that unpacks to any size takes neither memory nor time."""

import bz2
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digitlab.data.formats.usps import read_labels, read_usps
from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT

ROW = b" ".join(b"%d:0.5" % index for index in range(1, 257))


def write(path: Path, text: bytes) -> Path:
    path.write_bytes(bz2.compress(text))
    return path


def test_values_and_labels_are_torchvisions(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(-1, 1, (20, 256)).round(4)
    rows = [f"{label % 10 + 1} " + " ".join(f"{i}:{value}" for i, value in enumerate(row, 1))
            for label, row in enumerate(values)]  # fmt: skip
    images, labels = read_usps(write(tmp_path / "usps.bz2", "\n".join(rows).encode()))
    expected = np.array([row.split()[1:] for row in rows])
    numbers = np.array([[item.split(":")[1] for item in row] for row in expected], dtype=np.float32)
    assert np.array_equal(images, ((numbers.reshape(-1, 16, 16) + 1) / 2 * 255).astype(np.uint8))
    assert labels.tolist() == [label % 10 for label in range(20)]
    assert read_labels(tmp_path / "usps.bz2").tolist() == [label % 10 + 1 for label in range(20)]


BOMBS = {
    "one line without an end": bytes(2**22),
    "blank lines": b"\n" * 2**22,
    "colons": b":" * 2**22,
    "one label without an end": b"1" * 2**22,
    "too many images": (b"1 " + ROW + b"\n") * 800,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=list(BOMBS))
def test_a_file_that_unpacks_to_any_size_takes_no_memory(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "usps.bz2"
    path.write_bytes(bz2.compress(text) * 40)  # one stream after the other
    program = f"""
import re, time
from pathlib import Path
from digitlab.data.formats.usps import read_labels
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before, started = peak(), time.monotonic()
try:
    read_labels(Path({str(path)!r}))
except ValueError as error:
    print(peak() - before, time.monotonic() - started, error)
"""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    kilobytes, seconds, said = done.stdout.split(maxsplit=2)
    assert int(kilobytes) < 50_000
    assert float(seconds) < 2
    assert said.startswith(
        ("does not hold a label and 256 grey levels in each line", "unpacks to more than 20 times its size")
    )


OTHERS = [b"", b"\n", b"1 1:0.5\n", b"a " + ROW, b"9999999999999999999999 " + ROW, b"1 " + ROW[:-1] + b"x"]


@pytest.mark.parametrize("text", OTHERS)
def test_other_texts_are_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(UserError, match=r"usps\.bz2 is not the USPS file it should be \("):
        read_usps(write(tmp_path / "usps.bz2", text))


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "usps.bz2")
    with pytest.raises(UserError, match=r"not a regular file"):
        read_usps(tmp_path / "usps.bz2")
