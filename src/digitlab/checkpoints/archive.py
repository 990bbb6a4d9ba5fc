"""The archive around a checkpoint, of which no byte has changed since torch wrote it; torch itself would not notice."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO

LARGEST_PICKLE = 2 * 2**20  # bytes; those of our largest network have 40,000. Ten thousand epochs of figures fit in
MOST_RECORDS = 50_000  # a network has one for each tensor, with its optimizer's perhaps a thousand
ENTRY_BYTES = 46  # of a record in the directory of an archive, its name not counted
FOLDER = 0x10  # the attribute by which torch takes a record for a folder, and reads nothing for its tensor


class NotOfTorch(ValueError):
    """Another archive, or a damaged one; the text says so, worded to follow the name of the file."""


def read_archive(file: BinaryIO) -> tuple[bytes, Mapping[str, int]]:
    """Return the pickle of a checkpoint, and the bytes of each record of tensors by its name behind "data/".

    Raises:
        NotOfTorch: With what is wrong.
        zipfile.BadZipFile: If it is no archive.
    """
    size = file.seek(0, 2)
    if size == 0:
        raise NotOfTorch("cannot be read: it is empty")
    try:
        bounded = _Bounded(file)
        with zipfile.ZipFile(bounded) as archive:
            bounded.most = size
            pickled = _check(archive.infolist(), size)
            damaged = archive.testzip()
            if damaged is not None:
                raise NotOfTorch(f"is damaged: {damaged!r} fails its checksum")
            top = pickled.filename.removesuffix("data.pkl") + "data/"
            sizes = {record.filename.removeprefix(top): record.file_size for record in archive.infolist()}
            return archive.read(pickled), sizes
    except NotOfTorch:
        raise
    except (NotImplementedError, RuntimeError, EOFError, zlib.error, ValueError, struct.error) as error:
        raise zipfile.BadZipFile(str(error)) from None


def _check(records: list[zipfile.ZipInfo], size: int) -> zipfile.ZipInfo:
    """Return the record of the pickle.

    Raises:
        NotOfTorch: If there is not one, or anything that torch would not write or could take for another record.
    """
    names = [record.filename for record in records]
    top, _, rest = next((name for name in names if name.endswith("/data.pkl")), "/").partition("/")
    sound = (
        rest == "data.pkl"
        and all(name.startswith(f"{top}/") for name in names)
        and len({name.lower() for name in names}) == len(names)  # torch does not tell a from A
        and all(record.compress_type == zipfile.ZIP_STORED for record in records)
        and not any(record.is_dir() or record.external_attr & FOLDER for record in records)
        and sum(record.file_size for record in records) <= size  # or bytes are counted twice
        and min(record.header_offset for record in records) == 0
    )
    if not sound:
        raise NotOfTorch("cannot be read: it is an archive, but not one that torch has written")
    pickled = records[names.index(f"{top}/data.pkl")]
    if pickled.file_size > LARGEST_PICKLE:
        raise NotOfTorch(f"cannot be read: it has {pickled.file_size:,} bytes beside its tensors")
    return pickled


class _Bounded:
    """A file of which little is read at a time, until the directory of the archive, which is read at once, is known."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.most = file, MOST_RECORDS * 2 * ENTRY_BYTES
        self.seek, self.tell = file.seek, file.tell

    def read(self, count: int = -1) -> bytes:
        if count > self.most:
            raise NotOfTorch("cannot be read: it is an archive, but not one that torch has written")
        return self.file.read(count)

    def seekable(self) -> bool:
        return True
