"""The NumPy nets stand alone: NumPy and the standard library, no torch, and few enough lines to read."""

import ast
import io
import os
import subprocess
import sys
import tokenize
from collections.abc import Iterator

import pytest

from digitlab.paths import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "src" / "digitlab" / "baseline"
FILES = sorted(PACKAGE.rglob("*.py"))
IMPORT_ALL = """
import importlib, pkgutil, sys, digitlab.baseline
found = [module.name for module in pkgutil.walk_packages(digitlab.baseline.__path__, "digitlab.baseline.")]
for name in found:
    importlib.import_module(name)
print(len(found), *(name for name in sys.modules if name.partition(".")[0] in ("torch", "lightning", "hydra")))
"""


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield the full name of every module that is imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def allowed(name: str) -> bool:
    return name.startswith("digitlab.baseline.") or name.partition(".")[0] in {"numpy", *sys.stdlib_module_names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_file_imports_only_numpy_the_standard_library_and_its_own_room(path) -> None:
    assert [name for name in imports(ast.parse(path.read_text("utf-8"))) if not allowed(name)] == []


def test_others_would_be_noticed() -> None:
    source = "def f():\n    import torch.nn, math\nfrom digitlab.nets import CNN\nfrom . import module\nimport digitlab"
    forbidden = [name for name in imports(ast.parse(source)) if not allowed(name)]
    assert sorted(forbidden) == [".", "digitlab", "digitlab.nets", "torch.nn"]


def test_importing_everything_imports_no_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parents[1])},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [str(len(FILES) - 1)]  # all but the package itself, and nothing foreign


def test_randomness_is_always_an_argument() -> None:
    used = {
        node.attr
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np.random"
    }
    assert used == {"Generator"}


def logical_lines(source: str) -> int:
    """Count lines of code: no comments, no docstrings, and a statement over several lines is one."""
    docstrings = sum(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in ast.walk(ast.parse(source))
    )
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return sum(token.type == tokenize.NEWLINE for token in tokens) - docstrings


def test_lines_are_counted_as_they_should_be() -> None:
    assert logical_lines('"""Doc\n\nstring."""\n\n# comment\ndef f(\n    a,\n):\n    """Doc."""\n    return a\n') == 2


def test_the_whole_is_small_enough_to_read() -> None:
    assert sum(logical_lines(path.read_text("utf-8")) for path in FILES if path.name != "checks.py") < 760
