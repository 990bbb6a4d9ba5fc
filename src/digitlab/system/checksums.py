"""A checksum within a small file that a later command reads, so that a bit which has changed meanwhile is noticed."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

CHECKSUM = "crc32"  # its key, or its column


def with_checksum(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain data with the checksum of all the rest as its last entry."""
    return {**without_checksum(content), CHECKSUM: _checksum(content)}


def without_checksum(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data without its checksum."""
    return {key: value for key, value in content.items() if key != CHECKSUM}


def checksum_fails(content: Mapping[str, Any]) -> bool:
    """Return whether the data lacks its checksum or has another; a changed bit may be in the name of the entry."""
    return content.get(CHECKSUM) != _checksum(content)


def _checksum(content: Mapping[str, Any]) -> str:
    read_back = json.loads(json.dumps(without_checksum(content)))  # as it will be read: keys are text
    return f"{zlib.crc32(json.dumps(read_back, sort_keys=True).encode()):08x}"
