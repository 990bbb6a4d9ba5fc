"""Hydra's errors in our words, all faults of a command line at once."""

from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from digitlab.cli.compose import compose_command
from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.error_messages import explain
from digitlab.cli.exits import traceback_wanted
from digitlab.cli.typed import overrides_of_one_run
from digitlab.errors import UserError
from support.terminal import compose_typed


def said(command: str, *arguments: str) -> list[str]:
    """Return the lines that a command line of one run gets."""
    try:
        OverridesParser.create().parse_overrides(overrides_of_one_run(arguments))
        compose_command(ConfigFiles(command, arguments), overrides_of_one_run(arguments))
    except (HydraException, ValueError) as error:
        return explain(error, command, arguments).splitlines()
    return []


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("epochs=5", ["epochs is not a configuration key; did you mean trainer.max_epochs?"]),
        ("+experiment=fast", ["+experiment: it is there already; without the plus it can be changed, as experiment="]),
        ("++model=mlp", ["+model: it is there already; without the plus"]),
        ("+seed=1", ["+seed: it is there already; without the plus"]),
        ("mlp", ["mlp is not understood; an override is key=value"]),
        ("optimizer=null model=3", ["optimizer=null, model=3: a group takes the name of one of its options, not null"]),
        ("seed=1,2 lr=3", ["Ambiguous value for argument 'seed=1,2'; several values are a sweep", "lr is not"]),
        ("lr=3 epochs=5 foo=1", ["lr is not a", "epochs is not a", "foo is not a configuration key"]),
        ("lr=3 model=CNN data.batch_size=0", ["model=CNN does not", "lr is not", "data.batch_size must be"]),
        ("lr=3 model=mlp model.hidden_sizes=[0]", ["lr is not", "model.hidden_sizes must be"]),
        ("-m lr=1,2 model=CNN,mlp seed=range(3)", ["model=CNN does not exist", "lr is not"]),
        ("mlp lr=3 x=[1", ["mlp is not understood", "x=[1 is not understood", "lr is not"]),
        ("logger=[csv,wandbb] lr=3", ["logger=wandbb does not exist; logger may be", "lr is not"]),
    ],
)
def test_each_fault_has_its_line(typed: str, lines: list[str]) -> None:
    found = said("train", *typed.split())
    assert len(found) == len(lines), found
    for line, beginning in zip(found, lines, strict=True):
        assert line.startswith(beginning)


def test_values_are_looked_at_beside_what_cannot_be_worked_out() -> None:
    """The names of the classes come from the folder, which is looked for while the values are resolved."""
    typed = ["data=image_folder", "data.folder=/nowhere/pics", "data.workers=5000", "optimizer.lr=-1"]
    with pytest.raises(OmegaConfBaseException) as raised:
        OmegaConf.to_container(compose_typed("train.py", *typed).data, resolve=True)
    folder, workers, rate = explain(raised.value, "train", typed).splitlines()
    assert folder.startswith("data.folder=/nowhere/pics: /nowhere/pics is no folder")
    assert workers.startswith("data.workers must be a whole number in 0..1024 or null, got 5000")
    assert rate.startswith("optimizer.lr must be a number above 0")


@pytest.mark.parametrize(
    ("typed", "told"), [("${no}", "Interpolation key 'no' not found"), ("${no:1}", "Unsupported interpolation type no")]
)
def test_the_key_of_an_interpolation_is_named(typed: str, told: str) -> None:
    with pytest.raises(OmegaConfBaseException) as raised:
        OmegaConf.to_container(compose_typed("train.py", f"optimizer.lr={typed}").optimizer, resolve=True)
    lines = explain(raised.value, "train", [f"optimizer.lr={typed}", "data.batch_size=0"]).splitlines()
    assert lines == [f"optimizer.lr: {told}", "data.batch_size must be a whole number in 1..1000000, got 0"]


def test_what_somebodys_own_class_takes_is_not_judged() -> None:
    typed = ["model=mlp", "model._target_=mine.Net", "+model.width=-1", "model.hidden_sizes=none", "data.batch_size=0"]
    assert explain(UserError("one"), "train", typed).splitlines()[0] == "one"
    assert [line.partition(" ")[0] for line in explain(UserError("one"), "train", typed).splitlines()[1:]] == [
        "data.batch_size"
    ]


def test_a_bare_option_is_offered_with_its_group() -> None:
    assert said("train", "mlp")[0].endswith("; did you mean model=mlp?")


def test_a_folder_of_ones_own_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "own.yaml").write_text("# @package _global_\nseed: 3\nwidth: 2\n")
    added = ["-cd", str(tmp_path)]
    assert said("train", *added, "experiment=own", "width=5") == []
    assert said("train", *added, "width=5")[0].endswith("; width exists with experiment=own")
    first, second = said("train", *added, "experiment=onw", "lr=3")
    assert first.endswith("did you mean own?")
    assert second.startswith("lr is not")


@pytest.mark.parametrize(
    ("environment", "overrides", "wanted"),
    [
        ({}, [], False),
        ({"DIGITLAB_TRACEBACK": "1"}, [], True),
        ({"DIGITLAB_TRACEBACK": ""}, [], False),
        ({"DIGITLAB_TRACEBACK": "0", "HYDRA_FULL_ERROR": "1"}, ["hydra.verbose=true"], False),
        ({"HYDRA_FULL_ERROR": "1"}, [], True),
        ({"HYDRA_FULL_ERROR": "0"}, [], False),
        ({}, ["seed=1", "hydra.verbose=true"], True),
        ({}, ["hydra.verbose=[digitlab]"], True),
        ({}, ["++hydra.verbose=True"], True),
        ({}, ["hydra.verbose=true", "hydra.verbose=false"], False),
    ],
)
def test_who_wants_a_traceback(environment: dict[str, str], overrides: list[str], wanted: bool) -> None:
    assert traceback_wanted(environment, overrides) is wanted
