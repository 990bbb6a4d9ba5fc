"""Settings out of a run directory: harmless ones are taken, others are refused by name."""

from typing import Any

import pytest

from digitlab.cli.replay import check_sweep, is_harmless, replayed
from digitlab.errors import UserError


@pytest.mark.parametrize(
    "override",
    [
        "model=mlp", "model.hidden_sizes=[8,16]", "optimizer.lr=1e-3", "+optimizer.amsgrad=true", "++seed=3", "seed=0",
        "data=digits", "experiment=lesson_cnn", "debug=limit", "logger=none", "logger=[tensorboard,csv]",
        "experiment=null", "callbacks.early_stopping=null", "callbacks.early_stopping.patience=3",
        "~callbacks.progress",
        "paths.data_dir=/somewhere/else", "trainer.max_epochs=3", "trainer=ddp", "data.val_share=null",
    ],
)  # fmt: skip
def test_harmless_ones(override: str) -> None:
    assert is_harmless(override)


@pytest.mark.parametrize(
    "override",
    [
        "hydra.run.dir=/tmp", "hydra.searchpath=[file:///tmp]", "hydra/launcher=theirs", "+hydra.callbacks.x=1",
        "task=theirs", "model._target_=os.system", "+callbacks.x._target_=os.system", "callbacks.progress._target_=x",
        "seed=${oc.env:SECRET}", "model.dropout=${oc.decode:x}", "trainer.devices={_target_:os.system}",
        "callbacks.best_checkpoint.dirpath=/home", "callbacks.best_checkpoint.filename=x",
        "trainer.profiler.dirpath=/x",
        "+trainer.default_root_dir=/x", "logger.csv={a:1}", "+callbacks.x=7", "model=../../theirs", "model=/tmp/theirs",
        "model@optimizer=mlp", "--config-dir=/tmp", "--multirun", "~model", "~hydra.callbacks", "seed", "", "=",
        "a b=1",
        "seed\n=1", "model=mlp,../x", "model._partial_=true", "+model.x._target_=os.system",
    ],
)  # fmt: skip
def test_others(override: str) -> None:
    assert not is_harmless(override)


def taken(overrides: Any, settings: dict[str, Any] | None = None, typed: tuple[str, ...] = ()) -> list[str]:
    return list(replayed(overrides, settings or {}, typed, "resume=run"))


def test_what_is_typed_now_and_what_is_of_each_start_is_left_out() -> None:
    first = ["seed=1", "model=mlp", "resume=x", "hydra.run.dir=y", "paths.output_root=z"]
    assert taken(first, typed=("seed",)) == ["model=mlp"]
    assert taken(["task=theirs"], typed=("task",)) == []  # then it is what somebody typed, and checked as such


def test_what_a_probe_chose_is_kept_if_it_is_a_choice() -> None:
    settings = {"trainer.precision": "32-true", "memory_format": "contiguous"}
    assert taken([], settings) == ["trainer.precision=32-true", "memory_format=contiguous"]
    assert taken([], settings, typed=("memory_format",)) == ["trainer.precision=32-true"]
    with pytest.raises(UserError, match=r"config\.yaml trainer\.precision is \$\{oc\.env:SECRET\}, which is no value"):
        taken([], {"trainer.precision": "${oc.env:SECRET}"})


@pytest.mark.parametrize("overrides", [None, "seed=1", {"seed": 1}, [1], [["seed=1"]]])
def test_what_is_no_list_of_settings_is_refused(overrides: Any) -> None:
    with pytest.raises(UserError, match=r"^resume=run: overrides\.yaml must be a list of settings$"):
        taken(overrides)


def test_a_refusal_names_the_setting() -> None:
    with pytest.raises(UserError, match=r"^resume=run: overrides\.yaml sets task=theirs, and only options and values"):
        taken(["seed=1", "task=theirs"])


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("train", "model=mlp,cnn"), ("train", "model=choice(mlp,cnn)"), ("train", "model=glob(*)"),
        ("train", "seed=1,2"),
        ("train", "seed=range(0,3)"), ("train", "optimizer.lr=1e-3,3e-3"), ("baseline", "experiment=xor,spiral"),
        ("train", "hydra/sweeper=optuna"), ("train", "hydra.launcher.start=spawn"), ("train", "paths.output_root=x"),
        ("train", "+hydra.sweeper.params.seed=1,2"), ("eval", "checkpoint=a,b"), ("baseline", "lr=0.1,0.2"),
    ],
)  # fmt: skip
def test_a_sweep_goes_on_with_values_and_options(command: str, argument: str) -> None:
    check_sweep([argument], [], command, "sweep=s")


@pytest.mark.parametrize(
    "argument",
    [
        "hydra.sweep.subdir=../../home", "hydra.callbacks.x._target_=theirs", "hydra.launcher._target_=theirs",
        "hydra/launcher=../theirs", "--config-dir=theirs", "model=mlp,theirs", "model=choice(mlp,theirs)",
        "model=glob(../*)", "+hydra.sweeper.params.task=theirs", "+hydra.sweeper.params.hydra.run.dir=x",
        "hydra.sweeper.params={task:theirs}", "task=digitlab.tasks.train,theirs", "hydra.launcher.start=${oc.env:X}",
    ],
)  # fmt: skip
def test_a_sweep_does_not_go_on_with_anything_else(argument: str) -> None:
    with pytest.raises(UserError, match=r"^sweep=s: sweep\.json says .*, and only options and values"):
        check_sweep(["seed=1,2", argument], [], "train", "sweep=s")
    check_sweep([argument], [argument.partition("=")[0]], "train", "sweep=s")  # typed now: a person's own word
