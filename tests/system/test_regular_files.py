"""Reading what anybody may have put there: regular files of a size that is asked for, and never a wait."""

import os
import socket
from pathlib import Path

import pytest

from digitlab.system.regular_files import open_regular, read_regular


def test_a_file_is_read_and_so_is_one_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        assert read_regular(tmp_path / name, 7) == b"content"
        with open_regular(tmp_path / name) as file:
            assert file.read() == b"content"


def test_a_larger_file_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    with pytest.raises(OSError, match="larger than 6 bytes") as refusal:
        read_regular(tmp_path / "file", 6)
    assert refusal.value.filename == str(tmp_path / "file")


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)
    os.chdir(here)


@pytest.mark.parametrize("make", [
    make_pipe, Path.mkdir, make_socket,
    *(lambda path, device=device: path.symlink_to(device) for device in
      ("/dev/zero", "/dev/null", "/dev/random", "/dev/tty")),
])  # fmt: skip
def test_what_is_no_regular_file_is_refused_at_once(make: object, tmp_path: Path) -> None:
    assert callable(make)
    make(tmp_path / "odd")
    with pytest.raises(OSError, match=r"not a regular file|No such device") as refusal:
        read_regular(tmp_path / "odd", 10)
    assert refusal.value.filename == str(tmp_path / "odd")


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for _ in range(3):
        with pytest.raises(OSError, match="not a regular file"):
            open_regular(tmp_path)
    assert before == (len(os.listdir("/proc/self/fd")) if before else 0)
