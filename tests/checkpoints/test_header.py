"""Headers: what torch would find in a checkpoint, without torch and without running anything."""

import io
import pickle
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from digitlab import __version__
from digitlab.checkpoints.format import FORMAT, WRITER, writer
from digitlab.checkpoints.header import KEYS, first_readable, read_header
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.checkpoints.stand_ins import TensorHeader
from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT
from support.states import equal

SOUND: dict[str, Any] = {
    "state_dict": {"net.weight": torch.ones(3, 2), "count": torch.tensor(3)},
    "hyper_parameters": {"model": {"hidden_sizes": [4], "dropout": 0.1, "norm": True, "name": None}},
    "epoch": 0,
    "global_step": 3,
    WRITER: writer(),
}


def saved(path: Path, **changes: Any) -> Path:
    torch.save({**SOUND, **changes}, path)
    return path


def test_it_is_what_torch_reads_without_the_tensors(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.ckpt", parameter=torch.nn.Parameter(torch.zeros(2)))
    header = read_header(path)
    assert header["state_dict"] == {
        "net.weight": TensorHeader("FloatStorage", (3, 2)),
        "count": TensorHeader("LongStorage", ()),
    }
    assert {name: header[name] for name in KEYS[1:]} == {name: SOUND[name] for name in KEYS[1:]}


def test_torch_is_not_loaded(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.ckpt")
    program = f"""
import pathlib, sys
from digitlab.checkpoints.header import read_header
read_header(pathlib.Path({str(path)!r}))
print("torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT / "src", capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("who", "newer"),
    [
        (None, False),
        ({"format": FORMAT}, False),
        ({"format": "new"}, False),
        ("me", False),
        ({"format": FORMAT + 1, "version": "9.0"}, True),
    ],
)
def test_a_newer_format_is_refused_and_older_ones_are_not(tmp_path: Path, who: Any, newer: bool) -> None:
    path = saved(tmp_path / "a.ckpt", **{WRITER: who})
    if not newer:
        read_header(path)
        return
    said = rf"a\.ckpt was written by a newer digitlab, 9\.0, in format {FORMAT + 1}; this one, {__version__}, reads"
    with pytest.raises(UserError, match=said):
        read_header(path)


def archive(path: Path, records: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as file:
        for name, content in records.items():
            file.writestr(name, content)
    return path


def memory_bomb() -> bytes:
    """A pickle that puts one value into a drawer with a huge number; the reader in C makes all drawers before it."""
    return b"\x80\x02Nr" + struct.pack("<I", 2**32 - 1) + b"."


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b""), "cannot be read: it is empty"),
        (lambda path: path.write_bytes(b"hello"), "cannot be read: it is damaged, or not a checkpoint"),
        (lambda path: archive(path, {"a.txt": b"x"}), "an archive, but not one that torch has written"),
        (lambda path: archive(path, {"a/data.pkl": b"x" * 99}, zipfile.ZIP_DEFLATED), "not one that torch has written"),
        (lambda path: archive(path, {"a/data.pkl": b"x", "b/data.pkl": b"x"}), "not one that torch has written"),
        (lambda path: archive(path, {"a/data.pkl": b"garbage"}), "it is damaged, or not a checkpoint of digitlab"),
        (lambda path: archive(path, {"a/data.pkl": memory_bomb()}), "was not written by digitlab"),
        (lambda path: archive(path, {"a/data.pkl": bytes(17 * 2**20)}), "has 17,825,792 bytes beside its tensors"),
        (lambda path: archive(path, {"a/data.pkl": pickle.dumps([1], 2)}), "was not written by digitlab: it lacks"),
        (lambda path: saved(path, extra=io.StringIO), r"it names _io\.StringIO, which could run code"),
        (lambda path: saved(path, extra=Path("x")), r"it names pathlib\.PosixPath, which could run code"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, make: Any, said: str) -> None:
    make(tmp_path / "a.ckpt")
    with pytest.raises(UserError, match=said) as refusal:
        read_header(tmp_path / "a.ckpt")
    assert "a.ckpt" in str(refusal.value)


def test_an_archive_that_counts_bytes_twice_is_refused(tmp_path: Path) -> None:
    """Many names for the same bytes: to check each would take without end."""
    path = archive(tmp_path / "a.ckpt", {"a/data.pkl": b"x" * 5000, "a/data/0": b"x" * 5000})
    content = path.read_bytes()
    start = content.index(b"PK\x01\x02", 0)
    second = content.index(b"PK\x01\x02", start + 4)
    offset = content[start + 42 : start + 46]
    path.write_bytes(content[:5100] + content[start : second + 42] + offset + content[second + 46 :])
    with pytest.raises(UserError, match="cannot be read"):
        read_header(path)


def test_an_archive_with_two_records_of_one_name_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.ckpt")
    with zipfile.ZipFile(path, "a") as file:
        name = next(name for name in file.namelist() if name.endswith("data/0"))
        file.NameToInfo.pop(name)
        file.writestr(name, b"other bytes")
    with pytest.raises(UserError, match="not one that torch has written"):
        read_header(path)


def test_each_bit_of_what_the_archive_says_of_a_tensor_is_noticed_or_nothing_changes(tmp_path: Path) -> None:
    """Of a record that it takes for a folder torch reads nothing, and leaves in the tensor what memory held."""
    sound = saved(tmp_path / "a.ckpt").read_bytes()
    start, refused = sound.rindex(b"PK\x01\x02", 0, sound.rindex(b"/data/0")), 0
    end = sound.index(b"PK\x01\x02", start + 1)
    for place in range(start, end):
        for bit in range(8):
            path = tmp_path / "flipped.ckpt"  # made anew: what was read of a file is remembered
            path.unlink(missing_ok=True)
            path.write_bytes(sound[:place] + bytes([sound[place] ^ 1 << bit]) + sound[place + 1 :])
            try:
                found = read_checkpoint(path)
            except UserError:
                refused += 1
                continue
            assert equal(found, SOUND), (place - start, bit)
    assert refused > 8 * (end - start) // 4


def test_the_first_sound_file_is_taken(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.ckpt", saved(tmp_path / "good.ckpt")
    bad.write_bytes(b"")
    path, content, refusals = first_readable([bad, good], read_header)
    assert (path, content["epoch"], len(refusals)) == (good, 0, 1)
    with pytest.raises(UserError, match=r"bad\.ckpt cannot be read: it is empty"):
        first_readable([bad, bad], read_header)
