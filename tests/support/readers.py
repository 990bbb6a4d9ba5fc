"""The functions of the package that open files for reading, found in its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

from digitlab.paths import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "src" / "digitlab"
READING = (  # the last name of what is called; `x.open()` and `open()` with a mode to write are left out
    "open", "read_text", "read_bytes", "fromfile", "memmap", "ZipFile", "open_regular", "read_regular", "preadv",
    "fdopen", "imread", "load_from_checkpoint", "open_code",
)  # fmt: skip
LOADING = (
    "torch.load",
    "np.load",
    "yaml.safe_load_all",
    "json.load",
    "pickle.load",
    "OmegaConf.load",
)  # by whole names


def readers() -> set[str]:
    """Return the functions that read, as `module.function` without "digitlab."."""
    return {name for path in sorted(PACKAGE.rglob("*.py")) for name in _readers_in(path)}


def _readers_in(path: Path) -> Iterator[str]:
    module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {id(call): function.name for function in _functions(tree) for call in _calls(function)}
    for call in _calls(tree):
        if _reads(call):
            yield f"{module}.{inner.get(id(call), 'module')}"


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield functions from the outside inwards, so that the innermost one has the last word."""
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _reads(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    last = name.rpartition(".")[2]
    if name in LOADING:
        return True
    modes = [ast.unparse(argument) for argument in (*call.args, *(key.value for key in call.keywords))]
    writes = any(mode in ("'wb'", "'w'", "'ab'", "'a'") or "NEW" in mode or "O_WRONLY" in mode for mode in modes)
    return last in READING and not writes and "os.devnull" not in modes and not name.endswith("_open")
