"""The IDX reader: right on what is whole, and firm with what is not."""

from pathlib import Path

import numpy as np
import pytest

from conftest import write_idx
from digitlab.data.formats.idx import read_idx
from digitlab.errors import UserError


@pytest.mark.parametrize(
    "values",
    [
        np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        np.array([5, 0, 9], dtype=np.uint8),
        np.array([[1, -2], [70_000, 4]], dtype=np.int32),
    ],
)
def test_reads_what_was_written(tmp_path: Path, values: np.ndarray) -> None:
    write_idx(tmp_path / "file", values)
    read = read_idx(tmp_path / "file")
    np.testing.assert_array_equal(read, values)
    assert read.dtype == values.dtype
    assert read.flags.writeable


@pytest.mark.parametrize("keep", [0, 3, 4, 10, -1])
def test_truncated_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "file"
    write_idx(path, np.zeros((3, 4), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UserError, match=r"not an IDX file|bytes, its header says"):
        read_idx(path)


def test_trailing_bytes_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_idx(path, np.zeros((3, 4), dtype=np.uint8))
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(UserError, match="25 bytes, its header says 24"):
        read_idx(path)
    path.write_bytes(b"\x1f\x8b\x08\x00 a gzip file")
    with pytest.raises(UserError, match="not an IDX file"):
        read_idx(path)
