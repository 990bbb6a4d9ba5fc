"""Walk through the folders of the classes: each one once, hidden ones not at all, with a note of all that is left out.

A folder under two names would bring its pictures into a class twice, and then one copy may be learnt from and the other
tested with. Under two classes, or in two parts, it is a mistake that only its author can correct.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from digitlab.data.formats.picture_formats import SUFFIXES
from digitlab.errors import UserError
from digitlab.paths import shown

MOST_FOLDERS = 50_000
MOST_KINDS = 10  # in the line of what was left out
# What systems leave in people's folders, beside what begins with a dot; in lower case.
OF_SYSTEMS = {
    "__macosx", "@eadir", "@recycle", "@tmp", "#recycle", "#snapshot", "$recycle.bin", "lost+found", "__pycache__",
    "system volume information", "thumbs.db", "desktop.ini",
}  # fmt: skip


def is_skipped(name: str) -> bool:
    """Return whether files and folders of this name are hidden, or a system's own."""
    return name.startswith(".") or name.lower() in OF_SYSTEMS


def is_picture(name: str) -> bool:
    """Return whether a file is a picture by its suffix."""
    return name.lower().endswith(SUFFIXES)


def folders_in(root: Path) -> list[str]:
    """Return the names of the visible folders in `root`, sorted."""
    with os.scandir(root) as entries:
        return sorted(entry.name for entry in entries if not is_skipped(entry.name) and _is_folder(entry))


class FolderWalk:
    """The way through the classes of all parts.

    Args:
        root: The folder that a person named; what is left out is called by its path below it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._owners: dict[str, Path] = {}  # of folders, by where they really are: the folder of a class of a part
        self._targets: dict[str, Path] = {}  # of pictures that links lead to, likewise
        self._found: dict[Path, list[tuple[str, list[str], list[str]]]] = {}
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def left_out(self) -> str:
        """Return what was not read, with the number and the first of each kind; empty if that is nothing."""
        kinds = [f"{kind}: {count:,} ({self._first[kind]})" for kind, count in self._counts.most_common(MOST_KINDS)]
        rest = len(self._counts) - len(kinds)
        return "; ".join(kinds + ([f"{rest:,} more kinds"] if rest else []))

    def note_outside(self, folder: Path) -> None:
        """Note pictures that lie beside the folders of the classes and not in one, and what is hidden there."""
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if is_skipped(entry.name):
                    self._leave_out("hidden, or of a system", entry.path)
                elif is_picture(entry.name) and not _is_folder(entry):
                    self._leave_out("in no class folder", entry.path)

    def enter_class(self, owner: Path) -> None:
        """Look through the folder of a class, if it is there.

        Raises:
            UserError: If one of its folders is another class's or another part's, too, or there are too many.
        """
        self._found[owner] = sorted(self._folders(owner)) if owner.is_dir() else []

    def pictures(self, owner: Path) -> list[str]:
        """Return the paths of the pictures of a class, as torchvision's `make_dataset` orders them.

        Once all classes have been entered: a link may lead to a picture of any of them.

        Raises:
            UserError: If a picture is another class's or another part's, too.
        """
        return [
            path
            for _, files, links in self._found[owner]
            for path in sorted(files + [link for link in links if self._is_new(link, owner)])
        ]

    def _folders(self, owner: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yield each folder below `owner`, and the paths of its pictures and of links to some."""
        waiting = [(str(owner), os.path.realpath(owner))] if self._enter(os.path.realpath(owner), owner) else []
        while waiting:
            where, real = waiting.pop()
            files: list[str] = []
            links: list[str] = []
            with os.scandir(where) as entries:  # what is there comes before links to it
                for entry in sorted(entries, key=lambda entry: (entry.is_symlink(), entry.name)):
                    if is_skipped(entry.name):
                        self._leave_out("hidden, or of a system", entry.path)
                    elif _is_folder(entry):
                        target = os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(real, entry.name)
                        if f"{real}/".startswith(f"{target.rstrip('/')}/"):
                            self._leave_out("link to a folder above", entry.path)
                        elif self._enter(target, owner):
                            waiting.append((entry.path, target))
                        else:
                            self._leave_out("folder that is read already", entry.path)
                    elif self._is_taken(entry):
                        (links if entry.is_symlink() else files).append(entry.path)
            yield where, files, links

    def _enter(self, real: str, owner: Path) -> bool:
        """Return whether a folder is new; its owner may have it under another name."""
        known = self._owners.get(real)
        if known not in (None, owner):
            self._refuse(owner, known, real)
        self._owners[real] = owner
        if len(self._owners) > MOST_FOLDERS:
            raise UserError(f"data.folder: {shown(self.root)} has more than {MOST_FOLDERS:,} folders in it")
        return known is None

    def _is_new(self, link: str, owner: Path) -> bool:
        """Return whether a link leads to a picture that is not read in its own place, nor by another link."""
        real = os.path.realpath(link)
        folder, name = os.path.split(real)
        there = self._owners.get(folder) if is_picture(name) and not is_skipped(name) else None
        known = there or self._targets.get(real)
        self._targets.setdefault(real, owner)
        if known is None:
            return True
        if known != owner:
            self._refuse(owner, known, real)
        self._leave_out("link to a picture that is read already", link)
        return False

    def _refuse(self, one: Path, other: Path, what: str) -> NoReturn:
        raise UserError(
            f"data.folder: {shown(other)} and {shown(one)} both hold {shown(what)}; a picture has one class and lies "
            "in one part, so remove one of them"
        )

    def _is_taken(self, entry: "os.DirEntry[str]") -> bool:
        """Return whether something is a file and, by its name, a picture."""
        if not is_picture(entry.name):
            suffix = os.path.splitext(entry.name)[1].lower()
            self._leave_out(f"suffix {suffix}" if suffix else "no suffix", entry.path)
        elif not _is_file(entry):
            self._leave_out("no regular file", entry.path)
        else:
            return True
        return False

    def _leave_out(self, kind: str, path: str) -> None:
        kind, name = (text if text.isprintable() else ascii(text) for text in (kind, os.path.relpath(path, self.root)))
        self._counts[kind] += 1
        self._first.setdefault(kind, name)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
