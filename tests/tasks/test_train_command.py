"""src/train.py as a command: from any folder, stopped, twice in a second, in two processes."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import run_script, run_warm
from digitlab.paths import PROJECT_ROOT
from torture.processes import start_warm


def test_starts_in_the_same_second_get_directories_of_their_own(tmp_path: Path) -> None:
    typed = ("data=digits", "model=mlp", "debug=fdr", f"paths.output_root={tmp_path / 'runs'}")
    starts = [start_warm(tmp_path / name, typed) for name in ("one", "other")]
    assert [start.wait(120) for start in starts] == [0, 0]
    assert len(list((tmp_path / "runs" / "train").iterdir())) == 2


def test_interrupting_ends_with_130_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, str(PROJECT_ROOT / "src" / "train.py"), "data=digits", "model=mlp", "verbose=false"]
    options = ["trainer.max_epochs=100000", "callbacks.early_stopping=null", f"paths.output_root={tmp_path}"]
    run = subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts its background jobs deaf to Ctrl-C, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert run.stdout is not None
        while not run.stdout.readline().startswith("epoch"):
            assert run.poll() is None
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 130
    said, _, resume = errors.strip().partition("; resume with: ")
    assert said == "digitlab: stopped by SIGINT"
    (directory,) = (tmp_path / "train").iterdir()
    assert resume.endswith(f"train.py resume={directory}")
    assert json.loads((directory / "result.json").read_text())["status"] == "interrupted"


def test_the_command_works_from_any_folder_and_prints_the_summary(tmp_path: Path) -> None:
    done = run_warm("train.py", "model=cnn", "data=digits", "debug=limit", "paths.output_root=runs", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for line in ("digitlab train, in runs/train/", "CNN on digits: Adam, lr 0.003",
                 "Changed: model=cnn  data=digits", "features.0   Conv2d", "epoch 2/2  ",
                 "  test accuracy        ", "  curves      ", "src/eval.py checkpoint=runs/train/"):  # fmt: skip
        assert line in done.stdout, line
    evaluation = run_warm("eval.py", "checkpoint=latest", "paths.output_root=runs", cwd=tmp_path)
    assert (evaluation.returncode, evaluation.stderr) == (0, "")
    scores = [
        line.split()[2] for text in (done.stdout, evaluation.stdout) for line in text.splitlines() if "test acc" in line
    ]
    assert scores[0] == scores[1]


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    done = run_script(
        "train.py", "trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2", "data=digits", "model=mlp",
        "trainer.max_epochs=2", "verbose=false", f"paths.output_root={tmp_path}",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = (tmp_path / "train").iterdir()
    result = json.loads((run / "result.json").read_text())
    assert (result["status"], result["steps"]) == ("ok", 42)  # 1,317 images, two times 32 a step
    assert result["test/acc"] * 360 == pytest.approx(round(result["test/acc"] * 360), abs=1e-3)  # each image once
    assert done.stdout.count("epoch 1/2") == 1


def test_printed_commands_survive_a_folder_with_a_space(tmp_path: Path) -> None:
    done = run_warm("train.py", "data=digits", "model=mlp", "debug=limit", "paths.output_root='my runs'", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  test again")]
    typed = line.removeprefix("  test again").strip() + " paths.output_root=runs"
    evaluation = subprocess.run(["bash", "-c", typed], cwd=tmp_path, capture_output=True, text=True)
    assert evaluation.returncode == 0, evaluation.stderr
