"""`resume=` as it is typed: after a signal, with a damaged file, with other settings, when all is done.

scripts/torture.py does the same many times over, with kills too.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from conftest import run_warm
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.cli.resume import _check_written_paths, resumed_settings, run_to_resume
from digitlab.cli.typed import Typed, parse
from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT
from digitlab.runs.config_file import read_config, write_config
from support.sample_runs import make_run

SETTINGS = (
    "data=digits", "model=mlp", "model.hidden_sizes=[16]", "trainer.max_epochs=12", "callbacks.early_stopping=null",
    "logger=csv", "checkpoint_every.steps=5", "verbose=false", "trainer.accelerator=cpu",
)  # fmt: skip


def start(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROJECT_ROOT / "src" / "train.py"), *SETTINGS, f"paths.output_root={root}"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts its background jobs deaf to Ctrl-C, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def stop_within(run: subprocess.Popen[str], epoch: int, number: int) -> tuple[int, str, float]:
    """Send a signal after `epoch` epochs and return exit code, what was said, and how long it took to end."""
    assert run.stdout is not None
    while f"epoch {epoch:2d}/" not in run.stdout.readline():
        assert run.poll() is None
    time.sleep(0.02)
    sent = time.monotonic()
    run.send_signal(number)
    _, errors = run.communicate(timeout=60)
    return run.returncode, errors.strip(), time.monotonic() - sent


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run that SIGTERM has stopped."""
    root = tmp_path_factory.mktemp("stopped")
    returned, errors, seconds = stop_within(start(root), 2, signal.SIGTERM)
    assert (returned, errors.partition(";")[0]) == (143, "digitlab: stopped by SIGTERM")
    assert seconds < 20  # 5 on a quiet machine, which torture.py signals holds it to
    (directory,) = (root / "train").iterdir()
    assert json.loads((directory / "result.json").read_text())["status"] == "interrupted"
    return directory


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["seed=1"], "would not be the same run: seed was 42, now 1; leave these out"),
        (["data.batch_size=7"], "would not be the same run: data.batch_size was 32, now 7"),
        (["model.hidden_sizes=[8]"], "would not be the same run: model.hidden_sizes was [16], now [8]"),
        (["model=cnn"], "would not be the same run: model._target_ was digitlab.nets.MLP, now digitlab.nets.CNN"),
        (["--multirun"], "resume= continues one run; a sweep is continued by"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_other_settings_are_refused_with_the_difference(typed: list[str], said: str, stopped: Path) -> None:
    before = (stopped / "result.json").read_text()
    done = run_warm("train.py", f"resume={stopped}", *typed)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (stopped / "result.json").read_text() == before


def test_a_run_that_has_no_checkpoint_yet_is_found_in_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run_to_resume(parse("train", ["resume=~/run"])) == tmp_path / "run"


def test_an_option_of_a_group_changes_what_it_is_about_and_nothing_else(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "trainer.max_epochs=7", "callbacks.progress=null")
    (tmp_path / "own" / "debug").mkdir(parents=True)
    (tmp_path / "own" / "debug" / "bar.yaml").write_text(
        "# @package _global_\ncallbacks:\n  progress:\n    refresh_every: 7\n"
    )

    def resumed(*typed: str) -> dict[str, Any]:
        return resumed_settings(run, parse("train", ["--config-dir", str(tmp_path / "own"), f"resume={run}", *typed]))

    before = resumed()
    assert before["trainer"]["max_epochs"] == 7
    assert resumed("trainer=gpu") == {**before, "trainer": {**before["trainer"], "accelerator": "gpu"}}
    assert {*resumed("logger=[csv,tensorboard]")["logger"]} == {"csv", "tensorboard"}
    progress = resumed("debug=bar")["callbacks"]["progress"]
    assert (progress["_target_"], progress["refresh_every"]) == ("digitlab.reports.progress.ProgressLines", 7)
    with pytest.raises(UserError, match=r"model\._target_ was digitlab\.nets\.MLP, now digitlab\.nets\.CNN"):
        resumed("model=cnn")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("logger.csv.path", "README.md"), ("callbacks.last_checkpoint.dirpath", "checkpoints"),
        ("callbacks.mine.save_dir", "x"), ("trainer.default_root_dir", "."), ("logger.own.root", "a/b"),
        ("logger.own.tracking_uri", "sqlite:///x"), ("callbacks.mine.filename", "../x"),
    ],
)  # fmt: skip
def test_a_place_that_only_a_file_names_is_inside_of_the_run(key: str, value: str, tmp_path: Path) -> None:
    section, _, rest = key.partition(".")
    settings: Any = {rest.rpartition(".")[2]: value}
    nested = {section: {rest.partition(".")[0]: settings} if "." in rest else settings}
    with pytest.raises(UserError, match=rf"in its config\.yaml {key} is .*, outside of the run; places are typed"):
        _check_written_paths(nested, tmp_path)
    inside = {section: {"own": {"dirpath": str(tmp_path / "a"), "filename": "{epoch}", "monitor": "val/loss"}}}
    _check_written_paths(inside, tmp_path)


def test_pictures_that_only_a_file_names_are_decoded_into_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "data=image_folder", f"data.folder={tmp_path}", "data.classes=[a,b]",
                   f"paths.data_dir={tmp_path / 'elsewhere'}")  # fmt: skip
    assert resumed_settings(run, parse("train", [f"resume={run}"]))["paths"]["kept_in"] == str(run / ".decoded")
    typed = parse("train", [f"resume={run}", f"paths.data_dir={tmp_path / 'elsewhere'}"])
    settings = read_config(run)
    settings["data"]["kept_in"] = settings["paths"]["kept_in"] = str(tmp_path / "victim")
    write_config(run, settings)
    resumed = resumed_settings(run, typed)
    assert "kept_in" not in {**resumed["data"], **resumed["paths"]}


def test_all_that_is_wrong_behind_resume_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run")
    with pytest.raises(UserError) as refused:
        resumed_settings(run, parse("train", [f"resume={run}", "trainer.max_epochs=-3", "nokey=1", "seed=1,2"]))
    nokey, seed, epochs = str(refused.value).splitlines()
    assert nokey.startswith("nokey is not a setting")
    assert seed.startswith("seed=1,2: behind resume= a setting is given one value")
    assert epochs.startswith("trainer.max_epochs must be")
    assert capsys.readouterr().out == ""


def run_with(setting: str, tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", "data=image_folder", f"data.folder={tmp_path}", "data.classes=[a,b]", setting)


def test_many_processes_that_only_a_file_asks_for_are_not_started(tmp_path: Path) -> None:
    run = run_with("trainer.devices=500", tmp_path)
    with pytest.raises(
        UserError, match=r"in its config\.yaml trainer\.devices is 500, .* type trainer\.devices=500 if"
    ):
        resumed_settings(run, parse("train", [f"resume={run}"]))
    typed = parse("train", [f"resume={run}", "trainer.devices=500"])
    assert resumed_settings(run, typed)["trainer"]["devices"] == 500


def test_many_threads_that_only_a_file_asks_for_are_not_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_with("data.workers=500", tmp_path)
    assert resumed_settings(run, parse("train", [f"resume={run}"]))["data"]["workers"] < 500
    assert "as many as are typed with data.workers=..." in capsys.readouterr().out
    assert resumed_settings(run, parse("train", [f"resume={run}", "data.workers=400"]))["data"]["workers"] == 400


@pytest.mark.parametrize("setting", ["trainer.devices=500", "data.workers=500"])
def test_what_was_typed_for_the_jobs_of_a_sweep_is_not_limited(setting: str, tmp_path: Path) -> None:
    run, (section, _, key) = run_with(setting, tmp_path), setting.partition("=")[0].partition(".")
    assert resumed_settings(run, Typed([], planned=True))[section][key] == 500


@pytest.mark.parametrize("name", ["best.previous.ckpt", "last.previous.ckpt", "other.ckpt"])
def test_another_checkpoint_than_the_last_is_not_taken_for_it(name: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run / "checkpoints").mkdir(exist_ok=True)
    (run / "checkpoints" / name).touch()
    with pytest.raises(UserError, match=r"a run continues from its last\.ckpt"):
        run_to_resume(parse("train", [f"resume={run / 'checkpoints' / name}"]))


@pytest.mark.parametrize("flag", [["--cfg", "job"], ["--info", "config"], ["--cfg", "job", "--resolve"]])
@pytest.mark.parametrize("key", ["resume", "sweep"])
def test_what_only_shows_trains_nothing(flag: list[str], key: str) -> None:
    with pytest.raises(UserError, match=f"^{flag[0]} shows what is composed, and {key}="):
        parse("train", [*flag, f"{key}=somewhere"])


def test_what_cannot_be_resumed_is_one_line(tmp_path: Path) -> None:
    for reference, said in (
        ("nowhere", "resume=nowhere does not exist"),
        (str(tmp_path), "is a folder without checkpoints/last.ckpt"),
        ("latest", "resume=latest: no run below"),
        ("http://x/last.ckpt", "only files on this machine are read"),
    ):
        done = run_warm("train.py", f"resume={reference}", f"paths.output_root={tmp_path}")
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_it_goes_on_to_the_same_bits_even_past_a_damaged_checkpoint(stopped: Path, tmp_path: Path) -> None:
    last = stopped / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:-200])
    resumed = run_warm("train.py", "resume=latest", f"paths.output_root={stopped.parent.parent}")
    assert (resumed.returncode, resumed.stderr) == (0, "")
    assert "last.previous.ckpt is taken instead" in resumed.stdout
    assert [path.name for path in stopped.parent.iterdir()] == [stopped.name]
    assert json.loads((stopped / "result.json").read_text())["status"] == "ok"

    whole = run_warm("train.py", *SETTINGS, f"paths.output_root={tmp_path}")
    assert whole.returncode == 0, whole.stderr
    (directory,) = (tmp_path / "train").iterdir()
    expected = read_checkpoint(directory / "checkpoints" / "last.ckpt")["state_dict"]
    ended = read_checkpoint(last)["state_dict"]
    for name, value in expected.items():
        assert torch.equal(ended[name], value), name

    finished = run_warm("train.py", f"resume={stopped}")
    assert finished.returncode == 0
    assert "is finished, there is nothing to resume" in finished.stdout
