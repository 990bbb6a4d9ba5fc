"""How Lightning writes checkpoints and reads them back: whole or not at all, with the one before kept beside it."""

import contextlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.checkpoint_io import CheckpointIO

from digitlab.checkpoints.format import WRITER, previous, writer
from digitlab.checkpoints.header import read_open_header
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.checkpoints.restoring import check_restorable
from digitlab.paths import shown
from digitlab.system.atomic_files import temporary_name, write_bytes


class SafeCheckpointIO(CheckpointIO):
    """Writes beside the target, syncs, keeps the old file under another name, then replaces it atomically.

    Lightning's own writes into TMPDIR and moves, on another file system a copy over the old file: a kill or a full disk
    at that moment destroys both. Reading verifies the file and accepts plain data and tensors only.

    Args:
        notes: What is written into each checkpoint beside what Lightning has to say, as plain data.
    """

    def __init__(self, notes: Mapping[str, Any] | None = None) -> None:
        self.notes = dict(notes or {})

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        """Write a checkpoint; at no moment is there none under its name, once there was one.

        Raises:
            UserError: If it could not be read back, as part of a callback's state say: known at the first save, and not
                when the run is to be resumed.
            OSError: If the disk is full, say. The file that was there is intact.
        """
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        torch.save({"hyper_parameters": {}, **checkpoint, **self.notes, WRITER: writer()}, content)
        read_open_header(content, f"{shown(target)} would be a checkpoint that")
        if target.exists():
            keep(target)
        write_bytes(target, content.getbuffer())

    def load_checkpoint(self, path: str | os.PathLike[str], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return a checkpoint on the CPU, of which every part can be restored.

        Raises:
            UserError: If it is damaged, not ours or not whole.
        """
        content = read_checkpoint(Path(path))
        check_restorable(content, Path(path))
        return content

    def remove_checkpoint(self, path: str | os.PathLike[str]) -> None:
        """Remove a checkpoint and the one before it."""
        for file in (Path(path), previous(Path(path))):
            file.unlink(missing_ok=True)


def keep(target: Path) -> None:
    """Give a file a second name, that of the previous one; on file systems without such names do nothing."""
    second = temporary_name(previous(target))
    with contextlib.suppress(OSError):
        os.link(target, second)
        os.replace(second, previous(target))
    # A writer that was killed here leaves one file under both names, and a name is not replaced by the same file.
    second.unlink(missing_ok=True)
