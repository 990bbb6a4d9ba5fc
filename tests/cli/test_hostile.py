"""Files from strangers: none runs code, each is refused in a line, and each would have run code if read carelessly."""

import shutil
from pathlib import Path

import pytest

from digitlab.cli.checks.checkpoints import check_tested
from digitlab.cli.checks.configuration import check_settings
from digitlab.cli.resume import resumed_settings
from digitlab.cli.typed import parse
from digitlab.errors import UserError
from digitlab.runs.directories import LAST
from support.sample_runs import make_run
from torture.hostile_code import TRAPS, Trap


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("sample") / "run")


def use(script: str, run: Path) -> None:
    """Take a run directory or its checkpoint as a command does, up to where torch would be loaded."""
    if script == "train.py":
        check_settings("train", resumed_settings(run, parse("train", [])))
    else:
        check_tested({"checkpoint": str(run / LAST), "paths": {"output_root": str(run)}})


def test_the_sample_itself_is_taken(sample: Path) -> None:
    use("eval.py", sample)
    use("train.py", sample)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.label)
def test_no_trap_is_sprung(trap: Trap, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, trace = tmp_path / "run", tmp_path / "trace"
    shutil.copytree(sample, run)
    trap.arm(run, trace)
    monkeypatch.syspath_prepend(str(run))
    for script in trap.scripts:
        with pytest.raises(UserError) as refusal:
            use(script, run)
        assert "\n" not in str(refusal.value)
        assert not trace.exists()
    trap.spring(run)
    assert trace.exists(), "the test's own weapon is blunt"
