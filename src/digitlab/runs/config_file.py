"""config.yaml: the resolved settings of a run, with a checksum, from which it can be resumed."""

import zlib
from pathlib import Path
from typing import Any

import yaml

from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import CONFIG
from digitlab.system.atomic_files import write_text
from digitlab.system.plain_data import NotPlainData, parse_yaml

LARGEST = 256 * 2**10  # bytes; ours have 3,000
MARK = "# crc32: "  # in front of the checksum of all lines above it


def write_config(directory: Path, settings: dict[str, Any]) -> None:
    """Write the settings of a run; atomically, so that a kill leaves the old file or the new one."""
    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    write_text(directory / CONFIG, f"{text}{MARK}{zlib.crc32(text.encode()):08x}\n")


def read_config(directory: Path, key: str = "resume") -> dict[str, Any]:
    """Return the settings of the run in `directory`.

    Args:
        directory: Of a run.
        key: What was typed in front of it, for the refusal.

    Raises:
        UserError: If there are none, or they were damaged since. A file without a checksum (written by hand, or by an
            earlier version) is read as it is.
    """
    path = directory / CONFIG
    refusal = f"{key}={shown(directory)}: {CONFIG}"
    try:
        if not path.is_file():
            raise UserError(f"{key}={shown(directory)} is no run directory, it lacks {CONFIG}")
        if path.stat().st_size > LARGEST:
            raise NotPlainData(f"more than {LARGEST:,} bytes")
        text = path.read_text(encoding="utf-8")
        body, mark, checksum = text.rpartition(MARK)
        if mark and checksum.strip() != f"{zlib.crc32(body.encode()):08x}":
            raise UserError(f"{refusal} is damaged, or was edited; if you trust it, remove its last line ({MARK}...)")
        settings = parse_yaml(text)
    except (NotPlainData, UnicodeDecodeError) as error:
        reason = error if isinstance(error, NotPlainData) else "bytes that are no text"
        raise UserError(f"{refusal} holds {reason}; give a run directory") from None
    if not isinstance(settings, dict):
        raise UserError(f"{refusal} holds no settings; give a run directory")
    return settings
