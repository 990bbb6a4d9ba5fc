"""Printed commands: a shell and Hydra read in them what is meant, whatever folders are called."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from conftest import run_warm
from digitlab.paths import PROJECT_ROOT
from digitlab.system.commands import command, curves_command, evaluate_command, resume_command, setting

ODD = (
    "plain", "lr=0.1", "a,b", "two words", "it's", 'say "so"', "both ' and \"", "[red]runs[/red]", "$HOME", "${seed}",
    "größe 数字", "~", "-x", "latest", "back\\slash", "(a)&b;c|d>e*f?#!`", "{a:b}", "1e3", "null", "a: b", "%s", "-",
)  # fmt: skip
READ = f"{sys.executable} -c 'import json, sys; print(json.dumps(sys.argv[1:]))'"


def read_by_shell(text: str, cwd: Path) -> list[str]:
    done = subprocess.run(["bash", "-c", text], cwd=cwd, capture_output=True, text=True, check=True)
    words: list[str] = json.loads(done.stdout)
    return words


@pytest.mark.parametrize("name", ODD)
def test_what_is_pasted_is_what_was_meant(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / name
    path, override = read_by_shell(command(READ, folder, setting("checkpoint", folder)), tmp_path)
    assert (tmp_path / path).absolute() == folder
    assert not path.startswith(("-", "~"))
    value = OverridesParser.create().parse_override(override).value()
    assert isinstance(value, str)
    given = OmegaConf.create({"checkpoint": value}).checkpoint
    assert (tmp_path / given).absolute() == folder
    assert given != "latest"
    assert not given.startswith("~")


def test_only_places_that_are_not_the_usual_ones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
    usual = {"data_dir": str(PROJECT_ROOT / "data"), "output_root": str(PROJECT_ROOT / "outputs")}
    run = PROJECT_ROOT / "outputs" / "train" / "run"
    assert evaluate_command(run, usual).endswith(" src/eval.py checkpoint=outputs/train/run")
    assert evaluate_command(run, {**usual, "data_dir": "/my data"}).endswith("""run 'paths.data_dir="/my data"'""")
    assert evaluate_command(run, {**usual, "output_root": str(run)}).endswith(
        " checkpoint=outputs/train/run"
    )  # resumed
    assert resume_command(run).endswith(" src/train.py resume=outputs/train/run")
    assert curves_command(run).endswith("tensorboard --logdir outputs/train/run")


@pytest.mark.parametrize("name", ['[red]run\'s[/red] = 1, "$HOME"', "größe"])
def test_each_command_of_a_run_can_be_pasted(name: str, tmp_path: Path, tiny_mnist: Path) -> None:
    here = tmp_path / name
    (here / "my data").mkdir(parents=True)
    (here / "my data" / "MNIST").symlink_to(tiny_mnist / "MNIST")
    places = [setting("paths.data_dir", "my data"), setting("paths.output_root", "[b]r=1, 2[/b]")]
    options = ("model=mlp", "model.hidden_sizes=[8]", "debug=limit", "trainer.precision=32-true")
    done = run_warm("train.py", *options, *places, cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert "digitlab train, in [b]r=1, 2[/b]/train/" in done.stdout
    commands = [line[13:].strip() for line in done.stdout.partition("\nNext\n")[2].splitlines()]
    assert len(commands) == 2
    curves, test = commands
    arguments = read_by_shell(curves.replace(curves.split(" --logdir")[0], READ), here)
    assert (here / arguments[1]).is_dir()
    tested = subprocess.run(["bash", "-c", test], cwd=here, capture_output=True, text=True)
    assert (tested.returncode, tested.stderr) == (0, "")
    assert "Tests [b]r=1, 2[/b]/train/" in tested.stdout
    for output in (done.stdout, tested.stdout):
        assert output.count(str(here)) == 0  # relative, each of them
    assert len(list((here / "[b]r=1, 2[/b]" / "eval").iterdir())) == 1
    finished = run_warm("train.py", setting("resume", next((here / "[b]r=1, 2[/b]" / "train").iterdir())), cwd=here)
    assert finished.returncode == 0
    assert "[b]r=1, 2[/b]/train/" in finished.stdout


def test_nothing_is_offered_that_was_not_written(tmp_path: Path) -> None:
    done = run_warm("train.py", "model=mlp", "data=digits", "debug=fdr", "paths.output_root=runs", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nNext\n" not in done.stdout
    assert ".ckpt" not in done.stdout


def test_commands_are_typed_where_the_first_one_was_wherever_a_job_works(tmp_path: Path) -> None:
    settings = ("model=mlp", "data=digits", "debug=limit", "hydra.job.chdir=true", "paths.output_root=runs")
    done = run_warm("train.py", *settings, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = (tmp_path / "runs" / "train").iterdir()
    assert f" checkpoint=runs/train/{run.name} " in done.stdout
    assert f" --logdir runs/train/{run.name}" in done.stdout
