"""What a dotted name stands for, read from source files.

To import torch and Lightning takes ten seconds, to read where they define something a few milliseconds. Where the
source leaves a doubt (names made at run time, compiled modules, decorators) the answer is that nothing is known; the
checks that import have the last word.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

LONGEST_WAY = 20  # imports from file to file
HARMLESS_DECORATORS = ("_defaults_from_env_vars",)  # Lightning's; it keeps the signature
AT_RUN_TIME = ("__getattr__", "globals()", "import *", "sys.modules", "__path__")  # where names may come from nowhere


class Absent(LookupError):
    """There is no such thing; the text says what is missing, worded to follow "cannot be imported: "."""


@dataclass(frozen=True)
class Definition:
    """A class or function where it is defined.

    Attributes:
        module: Full name of the module in which it is defined.
        arguments: What it can be called with, by name; `None` if it takes anything or nobody can tell.
    """

    module: str
    arguments: tuple[str, ...] | None


@cache
def find(name: str) -> Definition | None:
    """Return what the dotted name of a class or function leads to, or `None` if the source does not tell.

    Raises:
        Absent: If it leads nowhere.
    """
    module, _, attribute = name.rpartition(".")
    if not module or not all(part.isidentifier() for part in name.split(".")):
        raise Absent(f"{name!r} is not the full name of a class or function")
    return _definition(module, attribute, LONGEST_WAY)


def _definition(module: str, attribute: str, way: int) -> Definition | None:
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
        return _definition(_absolute(node, module, file), original, way - 1)
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return Definition(module, _arguments(node, module, way))
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


def _arguments(node: ast.ClassDef | ast.FunctionDef, module: str, way: int) -> tuple[str, ...] | None:
    if isinstance(node, ast.FunctionDef):
        return None if node.decorator_list else _parameters(node.args)
    if node.decorator_list or node.keywords:  # dataclasses, metaclasses
        return None
    methods = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}
    if "__new__" in methods:
        return None
    if "__init__" not in methods:
        return _inherited(node, module, way)
    decorators = [getattr(decorator, "id", "") for decorator in methods["__init__"].decorator_list]
    if any(name not in HARMLESS_DECORATORS for name in decorators):
        return None
    parameters = _parameters(methods["__init__"].args)
    return None if parameters is None else parameters[1:]


def _inherited(node: ast.ClassDef, module: str, way: int) -> tuple[str, ...] | None:
    """Return the arguments of the only base class."""
    if len(node.bases) != 1 or not isinstance(node.bases[0], ast.Name) or way == 0:
        return None
    try:
        base = _definition(module, node.bases[0].id, way - 1)
    except Absent:
        return None
    return None if base is None else base.arguments


def _parameters(arguments: ast.arguments) -> tuple[str, ...] | None:
    if arguments.kwarg is not None:
        return None
    return tuple(argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
