"""config.yaml: the settings of a run, resolved, from which it is resumed.

The first line is a checksum of all below it, so that a changed bit or a cut is noticed. Files of earlier versions
without it are read as they are, and so is a file from which a person who has changed it has removed it.
"""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import CONFIG
from digitlab.system.atomic_files import write_bytes
from digitlab.system.plain_data import NotPlainData, parse_yaml, plain
from digitlab.system.regular_files import read_regular

LARGEST = 128 * 2**10  # bytes; ours have 3,000. Half a second of PyYAML
CHECKED = b"# crc32 "


def write_config(directory: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings of a run, which are held to the rules by which they are read back.

    Args:
        directory: Of the run.
        settings: Resolved; numbers, text, lists and dictionaries.

    Raises:
        UserError: If they could not be read back.
    """
    name = f"the configuration of {shown(directory)}"
    try:
        text = yaml.safe_dump(plain(settings), sort_keys=False, allow_unicode=True)
    except NotPlainData as error:
        raise UserError(f"{name} holds {error}") from None
    content = _first_line(text.encode()) + text.encode()
    _parse(content, name)
    write_bytes(directory / CONFIG, content)


def read_config(directory: Path, key: str = "resume") -> dict[str, Any]:
    """Return the settings of a run.

    Args:
        directory: Of the run.
        key: What was typed in front of it, for the refusal.

    Raises:
        UserError: If there are none, they were changed since, or they are no settings.
    """
    name, path = f"{key}={shown(directory)}: {CONFIG}", directory / CONFIG
    try:
        content = read_regular(path, LARGEST)
    except FileNotFoundError:
        raise UserError(f"{key}={shown(directory)} is no run directory, it lacks {CONFIG}") from None
    except OSError as error:
        raise UserError(f"{name} cannot be read: {error.strerror}; give a run directory") from None
    if content.startswith(CHECKED) and not content.startswith(_first_line(content.partition(b"\n")[2])):
        raise UserError(
            f"{name} was changed since the run wrote it: its checksum does not fit; restore it, or, if the change is "
            "yours, remove its first line"
        )
    return _parse(content, name)


def _parse(content: bytes, name: str) -> dict[str, Any]:
    try:
        if len(content) > LARGEST:
            raise NotPlainData(f"more than {LARGEST:,} bytes")
        settings = parse_yaml(content.decode())
    except UnicodeDecodeError:
        raise UserError(f"{name} holds bytes that are no text; give a run directory") from None
    except NotPlainData as error:
        raise UserError(f"{name} holds {error}; give a run directory") from None
    if not isinstance(settings, dict):
        raise UserError(f"{name} holds no settings; give a run directory")
    return settings


def _first_line(rest: bytes) -> bytes:
    return CHECKED + f"{zlib.crc32(rest):08x} of all below; after a change by hand, remove this line\n".encode()
