"""What a dotted name stands for, read from source files.

To import torch and Lightning takes ten seconds, to read where they define something a few milliseconds. Where the
source leaves a doubt (names made at run time, compiled modules, decorators) the answer is that nothing is known; the
checks that import have the last word.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

LONGEST_WAY = 20  # imports from file to file
AT_RUN_TIME = ("__getattr__", "globals()", "import *", "sys.modules", "__path__")  # where names may come from nowhere


class Absent(LookupError):
    """There is no such thing; the text says what is missing, worded to follow "cannot be imported: "."""


class Place(NamedTuple):
    """A class or function in the source.

    Attributes:
        module: Full name of the module in which it is defined.
        node: Its definition.
    """

    module: str
    node: ast.ClassDef | ast.FunctionDef


def place_of(name: str) -> Place | None:
    """Return where the dotted name of a class or function leads to, or `None` if the source does not tell.

    Raises:
        Absent: If it leads nowhere.
    """
    module, _, attribute = name.rpartition(".")
    if not module or not all(part.isidentifier() for part in name.split(".")):
        raise Absent(f"{name!r} is not the full name of a class or function")
    return place_in(module, attribute)


def place_in(module: str, attribute: str, way: int = LONGEST_WAY) -> Place | None:
    """Return where a name that is used in a module leads to, likewise.

    Args:
        module: Full name of the module.
        attribute: A name in it.
        way: Imports that are followed at most.

    Raises:
        Absent: If there is no such name.
    """
    file = _file(module)
    if file is None or way == 0:
        return None
    text, tree = _parsed(file)
    nodes = [node for node in _top_level(tree.body) if attribute in _names(node)]
    if len(nodes) > 1:
        return None
    if not nodes:
        if any(sign in text for sign in AT_RUN_TIME):
            return None
        raise Absent(f"{module} has no {attribute}")
    node = nodes[0]
    if isinstance(node, ast.ImportFrom):
        original = next(alias.name for alias in node.names if (alias.asname or alias.name) == attribute)
        return place_in(_absolute(node, module, file), original, way - 1)
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return Place(module, node)
    return None


@cache
def _file(module: str) -> Path | None:
    """Return the source file of a module, or `None` if it has none that can be read.

    Raises:
        Absent: If there is no such module.
    """
    top, *rest = module.split(".")
    try:
        spec = find_spec(top)  # of a whole dotted name it would import what is above
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        raise Absent(f"no module named {top}")
    file = Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    for number, part in enumerate(rest):
        if file is None or file.name != "__init__.py":
            return None
        folder = file.parent
        candidates = (folder / part / "__init__.py", folder / f"{part}.py")
        found = next((path for path in candidates if path.is_file()), None)
        if found is None:
            text = file.read_text(encoding="utf-8")
            if part in text or "__path__" in text or any(folder.glob(f"{part}*")):
                return None
            raise Absent(f"{'.'.join([top, *rest[:number]])} has no {part}")
        file = found
    return file


@cache
def _parsed(file: Path) -> tuple[str, ast.Module]:
    text = file.read_text(encoding="utf-8")
    return text, ast.parse(text)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those under a condition or in a `try` as well."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for part in (node.body, getattr(node, "orelse", []), getattr(node, "finalbody", [])):
                yield from _top_level(part)
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def _names(node: ast.stmt) -> set[str]:
    """Return the names that a statement gives to something."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.ImportFrom | ast.Import):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {target.id for target in targets if isinstance(target, ast.Name)}
    return set()


def _absolute(node: ast.ImportFrom, module: str, file: Path) -> str:
    """Return the full name of the module that an import names, perhaps with dots in front."""
    if not node.level:
        return node.module or ""
    parts = module.split(".") + (["__init__"] if file.name == "__init__.py" else [])
    return ".".join([*parts[: -node.level], *([node.module] if node.module else [])])
