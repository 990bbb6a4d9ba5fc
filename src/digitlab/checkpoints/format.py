"""What a checkpoint says about who wrote it, and where the one before it is kept."""

from pathlib import Path
from typing import Any

import digitlab

SECTIONS = "sections"  # the key of those of which a module that is not ours was made, and its data
FINGERPRINT = "data_fingerprint"  # the key of what the run was trained on, where the data can tell
WRITER = "digitlab"  # the key under which it says so
FORMAT = 1  # of what we write; raised when an older digitlab could not make sense of it


def writer() -> dict[str, Any]:
    """Return the format and the version of this digitlab."""
    return {"format": FORMAT, "version": digitlab.__version__}


def previous(checkpoint: Path) -> Path:
    """Return where the checkpoint is kept that `checkpoint` took the place of."""
    return checkpoint.with_name(f"{checkpoint.stem}.previous{checkpoint.suffix}")
