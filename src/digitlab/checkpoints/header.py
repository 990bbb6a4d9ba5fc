"""What a checkpoint file says of itself, read without torch and without running anything that is in it.

The file is a zip archive as `torch.save` writes it: `<name>/data.pkl`, a pickle of plain data in which tensors are only
referred to, and a record for the bytes of each. A pickle may name any function to be called; here it may name those
that stand for tensors, in whose place nothing is made. torch reads the file later, with `weights_only=True`.
"""

import os
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import digitlab
from digitlab.checkpoints.archive import NotOfTorch, read_archive
from digitlab.checkpoints.format import FORMAT, WRITER
from digitlab.checkpoints.stand_ins import TooMuch
from digitlab.checkpoints.unpickling import Forbidden, unpickle
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.system.plain_data import is_plain_text
from digitlab.system.regular_files import open_regular

Content = TypeVar("Content")

SETTLED_SECONDS = 2.0  # a file that is younger may change once more without a change of its times
MOST_REMEMBERED = 8
_remembered: dict[tuple[int, ...], dict[str, Any]] = {}  # headers that this process has read, by what identifies a file

KEYS = ("state_dict", "hyper_parameters", "epoch", "global_step")


def read_header(path: Path) -> dict[str, Any]:
    """Return the contents of a digitlab checkpoint, a `TensorHeader` in the place of each tensor.

    Raises:
        UserError: If the file is damaged, holds more than plain data and tensors, asks for more than it has bytes, was
            not written by digitlab, or by a newer one.
        OSError: If it may not be read, or is no regular file.
    """
    with open_regular(path) as file:
        return read_open_header(file, f"checkpoint={shown(path)}")


def read_open_header(file: BinaryIO, name: str) -> dict[str, Any]:
    """Return the same of a file that is open; `name` begins a refusal. Each file is checked once.

    Raises:
        UserError: As above.
    """
    identity = _identity(file)
    if identity in _remembered:
        return _remembered[identity]
    damaged = f"{name} cannot be read: it is damaged, or not a checkpoint"
    try:
        content = unpickle(*read_archive(file))
    except Forbidden as error:
        raise UserError(f"{name} cannot be read: it names {error}, which could run code; only tensors may be") from None
    except TooMuch as error:
        raise UserError(f"{name} cannot be read: it holds {error}, which no run writes") from None
    except NotOfTorch as error:
        raise UserError(f"{name} {error}") from None
    except zipfile.BadZipFile:
        raise UserError(damaged) from None
    except OSError:
        raise
    except Exception:  # what bytes that are no pickle make of the reader cannot be foreseen
        raise UserError(f"{damaged} of digitlab") from None
    if not isinstance(content, dict) or not all(key in content for key in KEYS):
        raise UserError(f"{name} was not written by digitlab: it lacks {', '.join(KEYS)}")
    _check_writer(content.get(WRITER), name)
    if identity is not None:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[identity] = content
    return content


def _identity(file: BinaryIO) -> tuple[int, ...] | None:
    """Return what tells a file from any other, and from itself before a change; `None` if that cannot be told."""
    try:
        status = os.fstat(file.fileno())
    except OSError:  # bytes in memory
        return None
    if time.time() - max(status.st_mtime, status.st_ctime) < SETTLED_SECONDS:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _check_writer(who: Any, name: str) -> None:
    """Refuse a file of a newer digitlab; one that does not say who wrote it is older than this."""
    number = who.get("format") if isinstance(who, dict) else None
    if isinstance(number, int) and number > FORMAT:
        version = str(who.get("version"))[:20]
        version = version if is_plain_text(version) else "?"
        raise UserError(
            f"{name} was written by a newer digitlab, {version}, in format {number}; "
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
