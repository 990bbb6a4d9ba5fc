"""Files from strangers: none runs code, each is refused in a line, and each would have run code if read carelessly."""

import shutil
from pathlib import Path

import pytest

from digitlab.cli.checks.configuration import check_configuration
from digitlab.cli.resume import resumed_arguments
from digitlab.errors import UserError
from support.sample_runs import make_run
from support.terminal import compose_typed
from torture.hostile import arguments_for
from torture.hostile_code import TRAPS, Trap


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("sample") / "run")


def test_the_sample_itself_is_taken(sample: Path) -> None:
    for script in ("eval.py", "train.py"):
        typed = resumed_arguments(arguments_for(script, sample))
        check_configuration(compose_typed(script, *typed))


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.label)
def test_no_trap_is_sprung(trap: Trap, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, trace = tmp_path / "run", tmp_path / "trace"
    shutil.copytree(sample, run)
    trap.arm(run, trace)
    monkeypatch.syspath_prepend(str(run))
    for script in trap.scripts:
        with pytest.raises(UserError) as refusal:
            check_configuration(compose_typed(script, *resumed_arguments(arguments_for(script, run))))
        assert str(refusal.value).startswith(("checkpoint=", "resume="))
        assert "\n" not in str(refusal.value)
        assert not trace.exists()
    trap.spring(run)
    assert trace.exists(), "the test's own weapon is blunt"
