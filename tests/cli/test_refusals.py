"""The table of bad inputs, in this process, up to where torch would be loaded.

Values by themselves are the business of `test_rules`; `scripts/torture.py refusals` types every line as a process.
"""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from digitlab.cli import prepare as preparing
from digitlab.cli import run
from digitlab.cli.app import launch
from digitlab.cli.sweeps import start
from support.bad_files import prepare
from support.bad_inputs import BASELINE, TABLE, VALUES, Bad
from torture.refusals import LINES, names


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("table") / "place"
    prepare(place)
    return place


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    GlobalHydra.instance().clear()
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None


def test_the_table_is_long() -> None:
    assert len(TABLE) > 120
    assert len({line.typed for line in TABLE}) == len(TABLE)


MOST_LATE = 15  # lines that may come to what needs torch: a check in front of it would be a second judge
late: list[str] = []
built = preparing.build


HERE = [line for line in TABLE if line not in VALUES[3:] and "PYTHONUTF8" not in line.environment]


def in_this_process(_: str, work: Callable[..., None], *arguments: object) -> None:
    work(*arguments)


@pytest.mark.parametrize("line", HERE, ids=lambda line: ascii(" ".join(line.typed))[:90])
def test_it_is_refused(
    line: Bad, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script, *arguments = (word.replace("PLACE", str(place)) for word in line.typed)
    if not any(argument.startswith("paths.output_root=") for argument in arguments):
        arguments.append(f"paths.output_root={tmp_path / 'runs'}")
    for name, value in line.environment.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [script, *arguments])
    if script != BASELINE:  # which never needs torch
        for module in (preparing, run, start):
            monkeypatch.setattr(module, "build", lambda *asked: late.append(" ".join(line.typed)) or built(*asked))
        monkeypatch.setattr(start, "run_isolated", in_this_process)
    before = names(place.parent)
    with pytest.raises(SystemExit) as left:
        launch(script.removesuffix(".py"))
    assert left.value.code == 2
    said = "".join(capsys.readouterr()).replace(str(place), "PLACE")
    lines = [text.strip() for text in said.splitlines()]
    assert len(lines) <= LINES
    assert len({*lines}) == len(lines)  # each fault once
    for words in line.said:
        assert words in said
    assert names(place.parent) == before
    assert list(tmp_path.iterdir()) == []


def test_few_lines_come_to_what_needs_torch() -> None:
    assert len(set(late)) <= MOST_LATE, late
