"""What source files say must be what an import finds, and no more than that."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from hydra.utils import get_object

from digitlab.cli.checks.signatures import Definition, find
from digitlab.cli.checks.source import Absent
from digitlab.paths import CONF_DIR, PROJECT_ROOT

TARGETS = sorted(
    {
        line.partition("_target_: ")[2].split()[0]
        for path in CONF_DIR.rglob("*.yaml")
        for line in path.read_text().splitlines()
        if "_target_: " in line
        and "preflight.Preflight" not in line
        and "loggers.W" not in line
        and "loggers.ML" not in line
    }
)


def test_the_configuration_has_targets() -> None:
    assert len(TARGETS) > 20


@pytest.mark.parametrize("name", TARGETS)
def test_the_source_says_what_an_import_finds(name: str) -> None:
    found, target = find(name), get_object(name)
    assert found is not None
    assert found.module == target.__module__ or name.startswith("torch.optim.")  # which renames some
    parameters = inspect.signature(target).parameters
    takes_anything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    if takes_anything:
        assert found.arguments is None
    else:
        assert set(found.arguments or ()) == set(parameters)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("digitlab.nets.MLQ", "digitlab.nets has no MLQ"),
        ("digitlab.netz.MLP", "digitlab has no netz"),
        ("torch.optim.Adamm", "torch.optim has no Adamm"),
        ("nothingofthename.MLP", "no module named nothingofthename"),
        ("MLP", "'MLP' is not the full name"),
        ("digitlab.nets.", "is not the full name"),
        ("..", "is not the full name"),
    ],
)
def test_what_is_not_there_is_said(name: str, missing: str) -> None:
    with pytest.raises(Absent, match=missing):
        find(name)


PACKAGE = {
    "__init__.py": "from .inner import Plain as Renamed\nfrom .inner import *\n",
    "inner.py": """
import sys
from abc import ABC
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar
class Plain:
    def __init__(self, a, /, b=1, *, c): ...
class Heir(Plain): ...
class Loose(Plain):
    def __init__(self, a, **more): ...
class Orphan(sys.Base): ...
@dataclass
class Data(ABC):
    kind: ClassVar[str]
    a: int
    _: KW_ONLY
    b: int = 2
@dataclass(kw_only=True)
class More(Data):
    c: int = 3
@dataclass
class Hidden:
    a: int = field(init=False)
class Odd:
    def __new__(cls, *rest): ...
class Decorated:
    @unknown
    def __init__(self, a): ...
def function(a, b): ...
if sys:
    def twice(a): ...
else:
    def twice(b): ...
number = 3
""",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in PACKAGE.items():
        path = tmp_path / "sourcetest" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("package")
def test_what_is_sure_is_found_and_what_is_not_is_left_open() -> None:
    plain = Definition("sourcetest.inner", ("a", "b", "c"))
    assert find("sourcetest.Renamed") == find("sourcetest.inner.Plain") == find("sourcetest.inner.Heir") == plain
    assert find("sourcetest.inner.function") == Definition("sourcetest.inner", ("a", "b"))
    assert find("sourcetest.inner.More") == Definition("sourcetest.inner", ("a", "b", "c"))
    for name in ("Loose", "Orphan", "Hidden", "Odd", "Decorated"):
        assert find(f"sourcetest.inner.{name}") == Definition("sourcetest.inner", None), name
    for name in ("sourcetest.inner.twice", "sourcetest.inner.number", "sourcetest.Starred", "sourcetest.inner.Plain.a"):
        assert find(name) is None, name


def test_nothing_is_imported() -> None:
    program = f"""
import sys
from digitlab.cli.checks.signatures import find
for name in {TARGETS}:
    find(name)
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT / "src", capture_output=True, text=True, check=True
    )
    assert not {"torch", "lightning", "numpy", "digitlab.nets"} & set(done.stdout.split())
