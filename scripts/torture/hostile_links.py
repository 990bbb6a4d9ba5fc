"""Run directories with links that lead out of them, and with pipes, devices and folders in the place of files.

Nothing may be written behind a link, and nothing may be waited for.
"""

import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from digitlab.runs.directories import CONFIG, LAST, RESULT
from digitlab.runs.sweep_state import SWEEP_STATE

Arm = Callable[[Path, Path], None]  # of a run directory and of a folder outside of it with files of somebody else


class Case(NamedTuple):
    """Something that is prepared in a run directory; `label` says what."""

    label: str
    arm: Arm


def victim(outside: Path) -> Path:
    """Return a file of somebody else, which stays as it is."""
    path = outside / "deep" / "victim"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text("somebody's work")
    return path


def _link(name: str, run: Path, outside: Path, *, relative: bool = True) -> None:
    """Put a link to the victim in the place of a file."""
    _replace(run / name)
    target = victim(outside)
    (run / name).symlink_to(os.path.relpath(target, (run / name).parent) if relative else target)


def _link_folder(name: str, run: Path, outside: Path) -> None:
    """Move a folder out, and put a link to it in its place."""
    moved = outside / name.replace("/", "-")
    victim(outside)
    if (run / name).is_dir():
        (run / name).rename(moved)
    else:
        moved.mkdir()
    (run / name).symlink_to(moved)


def _dangling(run: Path, outside: Path) -> None:
    victim(outside)
    (run / "environment.json").symlink_to(outside / "new.json")


def _chain(run: Path, outside: Path) -> None:
    _link("one", run, outside)
    (run / "two").symlink_to("one")
    (run / "metrics.csv").symlink_to("two")


def _circle(run: Path, outside: Path) -> None:
    victim(outside)
    (run / "one").symlink_to("two")
    (run / "two").symlink_to("one")


def _above(run: Path, outside: Path) -> None:
    victim(outside)
    (run / "tensorboard").symlink_to("..")


def _deep(run: Path, outside: Path) -> None:
    (run / "a" / "b" / "c").mkdir(parents=True)
    _link("a/b/c/events", run, outside)


LINKS = (
    *(Case(f"{name} is a link to another's file", partial(_link, name)) for name in
      (".hydra/hydra.yaml", ".hydra/overrides.yaml", "metrics.csv", RESULT, CONFIG, ".lock", LAST,
       "checkpoints/best.ckpt", "checkpoints/last.previous.ckpt")),
    Case("what becomes last.ckpt is a link", partial(_link, f"checkpoints/.last.ckpt.{os.getpid()}.tmp")),
    *(Case(f"{name} is a link to another's folder", partial(_link_folder, name)) for name in
      (".hydra", "checkpoints", "tensorboard")),
    Case("metrics.csv is a link by its whole path", partial(_link, "metrics.csv", relative=False)),
    Case("environment.json is a link to what is not there yet", _dangling),
    Case("metrics.csv is a link to a link to a link", _chain),
    Case("links in a circle", _circle),
    Case("tensorboard is a link to the folder above", _above),
    Case("a link deep below", _deep),
)  # fmt: skip


def _replace(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)


def _pipe(name: str, run: Path, outside: Path) -> None:
    _replace(run / name)
    os.mkfifo(run / name)


def _device(device: str, name: str, run: Path, outside: Path) -> None:
    _replace(run / name)
    (run / name).symlink_to(device)


def _folder(name: str, run: Path, outside: Path) -> None:
    _replace(run / name)
    (run / name).mkdir()


def _socket(name: str, run: Path, outside: Path) -> None:
    _replace(run / name)
    here = Path.cwd()
    os.chdir((run / name).parent)  # the path of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind((run / name).name)
    finally:
        os.chdir(here)


FILES = (LAST, CONFIG, RESULT, SWEEP_STATE)
KINDS = (
    *(Case(f"{name} is a pipe", partial(_pipe, name)) for name in (*FILES, "metrics.csv")),
    *(Case(f"{name} is {device}", partial(_device, device, name)) for name in FILES for device in
      ("/dev/zero", "/dev/full")),
    *(Case(f"{name} is a folder", partial(_folder, name)) for name in FILES),
    *(Case(f"{name} is a socket", partial(_socket, name)) for name in (LAST, CONFIG)),
)  # fmt: skip
