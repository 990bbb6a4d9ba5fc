"""What a checkpoint file says of itself, read without torch and without running anything that is in it.

The file is a zip archive as `torch.save` writes it: `<name>/data.pkl`, a pickle of plain data in which tensors are only
referred to, and a record for the bytes of each. A pickle may name any function to be called; here it may name those
that stand for tensors, in whose place nothing is made. torch reads the file again later, with `weights_only=True`.
"""

import io
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import digitlab
from digitlab.checkpoints.format import FORMAT, WRITER
from digitlab.errors import UserError
from digitlab.paths import shown

Content = TypeVar("Content")

KEYS = ("state_dict", "hyper_parameters", "epoch", "global_step")
LARGEST_PICKLE = 16 * 2**20  # bytes; those of our largest network have 40,000


class Forbidden(pickle.UnpicklingError):
    """The pickle names something that could run code."""


def read_header(path: Path) -> dict[str, Any]:
    """Return the contents of a digitlab checkpoint, `None` in the place of each tensor.

    Raises:
        UserError: If the file is damaged, holds more than plain data and tensors, was not written by digitlab, or by a
            newer one.
        OSError: If it may not be read.
    """
    path.open("rb").close()  # a file that may not be read is not damaged: the OSError says so
    name = f"checkpoint={shown(path)}"
    try:
        content = _HeaderUnpickler(io.BytesIO(_read_pickle(path, name))).load()
    except Forbidden as error:
        raise UserError(f"{name} cannot be read: it names {error}, which could run code; only tensors may be") from None
    except UserError:
        raise
    except Exception:  # what bytes that are no pickle make of the reader cannot be foreseen
        raise UserError(f"{name} cannot be read: it is damaged, or not a checkpoint of digitlab") from None
    if not isinstance(content, dict) or not all(key in content for key in KEYS):
        raise UserError(f"{name} was not written by digitlab: it lacks {', '.join(KEYS)}")
    _check_writer(content.get(WRITER), name)
    return content


def _read_pickle(path: Path, name: str) -> bytes:
    """Return the pickle of a checkpoint, of which no byte has changed since it was written.

    torch itself would not notice most changes.

    Raises:
        UserError: With what is wrong.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            records = archive.infolist()
            names = [record.filename for record in records]
            pickles = [record for record in records if record.filename.endswith("/data.pkl")]
            stored = all(record.compress_type == zipfile.ZIP_STORED for record in records)
            overlapping = sum(record.file_size for record in records) > path.stat().st_size
            if not stored or overlapping or len(set(names)) < len(names) or len(pickles) != 1:
                raise UserError(f"{name} cannot be read: it is an archive, but not one that torch has written")
            damaged = archive.testzip()
            if damaged is not None:
                raise UserError(f"{name} is damaged: {damaged} fails its checksum")
            if pickles[0].file_size > LARGEST_PICKLE:
                raise UserError(f"{name} cannot be read: it has {pickles[0].file_size:,} bytes beside its tensors")
            return archive.read(pickles[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, ValueError, struct.error) as e:
        if isinstance(e, UserError):
            raise
        kind = "it is empty" if path.stat().st_size == 0 else "it is damaged, or not a checkpoint"
        raise UserError(f"{name} cannot be read: {kind}") from None


class _HeaderUnpickler(pickle._Unpickler):  # the one in C can be made to ask for all memory
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) in (("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_parameter")):
            return _no_tensor
        if module == "torch" and name.endswith("Storage") and name.isidentifier():
            return name
        raise Forbidden(f"{module}.{name}"[:100])

    def persistent_load(self, pid: Any) -> None:
        """Stand for the bytes of a tensor."""


def _no_tensor(*_: Any) -> None:
    """Stand for a tensor."""


def _check_writer(who: Any, name: str) -> None:
    """Refuse a file of a newer digitlab; one that does not say who wrote it is older than this."""
    number = who.get("format") if isinstance(who, dict) else None
    if isinstance(number, int) and number > FORMAT:
        version = str(who.get("version"))[:20]
        raise UserError(
            f"{name} was written by a newer digitlab, {version if version.isprintable() else '?'}, in format {number}; "
            f"this one, {digitlab.__version__}, reads formats up to {FORMAT}"
        )


def first_readable(paths: Sequence[Path], read: Callable[[Path], Content]) -> tuple[Path, Content, Sequence[UserError]]:
    """Return the first file that can be read, with what `read` made of it and why those before it could not be.

    Raises:
        UserError: If none can; in the words of the first.
    """
    refusals: list[UserError] = []
    for path in paths:
        try:
            return path, read(path), refusals
        except UserError as error:
            refusals.append(error)
    raise refusals[0]
