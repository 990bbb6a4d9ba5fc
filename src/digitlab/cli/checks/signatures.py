"""What classes and functions can be called with, read from source files; nothing is imported."""

import ast
from dataclasses import dataclass
from functools import cache

from digitlab.cli.checks.source import Absent, Place, place_in, place_of

HARMLESS_DECORATORS = ("_defaults_from_env_vars",)  # Lightning's; it keeps the signature
DATACLASS = "dataclass"
EMPTY_BASES = ("ABC",)  # which add no arguments


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
    place = place_of(name)
    return None if place is None else Definition(place.module, _arguments(place))


def _arguments(place: Place) -> tuple[str, ...] | None:
    node = place.node
    decorators = [_called(decorator) for decorator in node.decorator_list]
    if isinstance(node, ast.FunctionDef):
        return None if decorators else _parameters(node.args)
    if decorators == [DATACLASS]:
        return _fields(place)
    methods = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}
    if decorators or node.keywords or "__new__" in methods:  # keywords: of a metaclass, say
        return None
    if "__init__" not in methods:
        base = _only_base(place)
        return None if base is None else _arguments(base)
    if any(_called(decorator) not in HARMLESS_DECORATORS for decorator in methods["__init__"].decorator_list):
        return None
    parameters = _parameters(methods["__init__"].args)
    return None if parameters is None else parameters[1:]


def _called(node: ast.expr) -> str:
    """Return the name of a decorator."""
    return getattr(node.func if isinstance(node, ast.Call) else node, "id", "")


def _parameters(arguments: ast.arguments) -> tuple[str, ...] | None:
    if arguments.kwarg is not None:
        return None
    return tuple(argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def _only_base(place: Place) -> Place | None:
    bases = _bases(place)
    return bases[0] if bases is not None and len(bases) == 1 else None


def _bases(place: Place) -> list[Place] | None:
    """Return the base classes, or `None` if one of them cannot be found."""
    assert isinstance(place.node, ast.ClassDef)
    found = []
    for base in place.node.bases:
        if isinstance(base, ast.Name) and base.id in EMPTY_BASES:
            continue
        try:
            where = place_in(place.module, base.id) if isinstance(base, ast.Name) else None
        except Absent:
            where = None
        if where is None or not isinstance(where.node, ast.ClassDef):
            return None
        found.append(where)
    return found


def _fields(place: Place) -> tuple[str, ...] | None:
    """Return the fields of a data class, those of its bases first."""
    bases = _bases(place)
    if bases is None:
        return None
    fields: dict[str, None] = {}
    for base in bases:
        if [_called(decorator) for decorator in base.node.decorator_list] == [DATACLASS]:
            inherited = _fields(base)
            if inherited is None:
                return None
            fields |= dict.fromkeys(inherited)
    for part in place.node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            if isinstance(part.value, ast.Call):  # field(init=False), perhaps
                return None
            if not any(word in ast.unparse(part.annotation) for word in ("ClassVar", "KW_ONLY")):
                fields[part.target.id] = None
    return tuple(fields)
