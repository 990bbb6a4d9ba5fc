"""`sweep=` types the settings of a file again: only those that can do no harm, whoever wrote the file."""

from pathlib import Path

import pytest

from digitlab.cli.resume import Finished
from digitlab.cli.sweeps.resume import continued_arguments, is_override
from digitlab.errors import UserError
from digitlab.runs.sweep_state import Job, SweepState

HARMLESS = ("model=mlp,cnn", "model=choice(mlp,cnn)", "optimizer.lr=1e-3,3e-3", "seed=range(1,5)", "++seed=1,2",
            "trainer.max_epochs=1", "logger=csv", "callbacks.early_stopping=null", "experiment=null",
            "hydra.launcher.start=spawn")  # fmt: skip
HARMFUL = ("hydra.callbacks.x._target_=os.system", "+callbacks.x._target_=os.system", "task=os", "--config-dir",
           "conf2", "model=choice(${oc.env:HOME})", "hydra/callbacks=x", "hydra.job.env_set.PATH=x",
           "model=../x")  # fmt: skip


def state(directory: Path, *arguments: str, command: str = "train", complete: bool = False) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    SweepState(command, "", list(arguments), [Job(0, [], "", "ok")], complete).write(directory)
    return directory


def test_harmless_settings_are_typed_again(tmp_path: Path) -> None:
    sweep = state(tmp_path, *HARMLESS)
    assert continued_arguments([f"sweep={sweep}"], "train") == ["-m", *HARMLESS, f"hydra.sweep.dir='{sweep}'"]
    sweep = state(tmp_path, "experiment=xor,spiral", "check=true", command="baseline")
    assert continued_arguments([f"sweep={sweep}"], "baseline")[1:3] == ["experiment=xor,spiral", "check=true"]


@pytest.mark.parametrize("argument", HARMFUL)
def test_others_have_to_be_typed_by_who_trusts_them(argument: str, tmp_path: Path) -> None:
    sweep = state(tmp_path, "seed=1,2", argument)
    with pytest.raises(UserError, match=r"sweep.json says .*, and only options and values that have a rule are taken"):
        continued_arguments([f"sweep={sweep}"], "train")
    assert argument in continued_arguments([f"sweep={sweep}", argument], "train")


def test_what_is_complete_and_done_is_finished(tmp_path: Path) -> None:
    sweep = state(tmp_path, "seed=1,2", complete=True)
    with pytest.raises(Finished, match="is finished, there is nothing left to do: ok 1, diverged 0"):
        continued_arguments([f"sweep={sweep}"], "train")


def test_a_plan_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text("{")
    with pytest.raises(UserError, match=r"sweep.json cannot be read; start the sweep anew"):
        continued_arguments([f"sweep={tmp_path / 'sweep.json'}"], "train")


def test_without_it_nothing_changes() -> None:
    for arguments in (["-m", "seed=1,2"], ["sweep=null", "seed=1"], []):
        assert continued_arguments(arguments, "train") == arguments


def test_what_is_a_setting() -> None:
    assert [text for text in ("-m", "--config-dir=x", "x", "a=b", "+a=b", "~a") if is_override(text)] == [
        "a=b", "+a=b", "~a",
    ]  # fmt: skip
