"""The shape of the house: imports point downwards, and the way in is light."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitlab.paths import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "src" / "digitlab"
FLOORS = (  # from the ground up; a module imports only from floors below its own, or its own room
    "errors paths",
    "system baseline",
    "data",
    "nets transforms",
    "safe_instantiate",
    "metrics datamodule schedules optimizers",
    "module",
    "callbacks",
    "checkpoints",
    "runs",
    "performance",
    "reports",
    "baseline_experiments",
    "build compatibility",
    "diagnostics",
    "tasks",
    "cli",
    "notebook",
)
HEAVY = ("torch", "torchvision", "lightning", "sklearn", "tensorboard", "torchmetrics", "rich")


def floor(module: str) -> tuple[int, str]:
    """Return the number of the floor of `digitlab.<module>` and the room on it."""
    room = module.partition(".")[0]
    for number, rooms in enumerate(FLOORS):
        if room in rooms.split():
            return number, room
    raise AssertionError(f"digitlab.{module} has no floor: give it one in tests/test_imports.py")


def run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node but those below `if TYPE_CHECKING:`, which say what a thing is called and import nothing."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield node
            yield from run_time_nodes(node)


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    own_floor, own_room = floor(name)
    for node in run_time_nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "digitlab":
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("digitlab."):
            imported = [(node.module or "").removeprefix("digitlab.")]
        elif isinstance(node, ast.Import):
            imported = [
                alias.name.removeprefix("digitlab.") for alias in node.names if alias.name.startswith("digitlab.")
            ]
        else:
            continue
        for other in imported:
            number, room = floor(other)
            assert number < own_floor or room == own_room, f"{name} imports {other}, which is above it"


@pytest.mark.parametrize("room", ["nets", "transforms", "data"])
def test_the_ground_floor_knows_no_framework(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        text = path.read_text()
        assert not any(
            f"import {name}" in text or f"from {name}" in text for name in ("lightning", "hydra", "omegaconf")
        )


@pytest.mark.parametrize(
    "module", ["digitlab", "digitlab.cli.app", "digitlab.cli.preflight", "digitlab.runs.directories"]
)
def test_the_way_in_is_light(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT / "src", capture_output=True, text=True, check=True
    )
    assert not set(HEAVY) & set(done.stdout.split())


def test_the_numpy_side_never_loads_torch_and_draws_in_one_room_only() -> None:
    room = PACKAGE / "baseline_experiments"
    names, plots = ([path.stem for path in folder.glob("[!_]*.py")] for folder in (room, room / "plots"))
    program = f"""
import sys
from importlib import import_module
import digitlab.tasks.baseline
for name in {names}:
    import_module("digitlab.baseline_experiments." + name)
assert "matplotlib" not in sys.modules
for name in {plots}:
    import_module("digitlab.baseline_experiments.plots." + name)
assert "torch" not in sys.modules
print("both")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT / "src", capture_output=True, text=True, check=True
    )
    assert done.stdout == "both\n"


def test_nothing_shadows_the_standard_library() -> None:
    names = {path.stem for path in (PROJECT_ROOT / "src").glob("*.py")}
    assert not names & (set(sys.stdlib_module_names) | {"data", "utils"})
    assert not list(PROJECT_ROOT.glob("src/**/utils*"))
