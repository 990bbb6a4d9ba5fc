"""The commands as people type them: refusals in one line, sweeps with a table, endings with the right code."""

import csv
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import run_script, run_warm
from digitlab.paths import PROJECT_ROOT
from digitlab.runs.directories import read_result

BAD = [  # what is typed, what is said
    (
        ["train.py", "model=cnm"],
        "model=cnm does not exist; model may be cnn, digit_classifier, mlp, resnet, staged_cnn; did you mean cnn?",
    ),
    (["train.py", "modle=cnn"], "modle is not a configuration key; did you mean model?"),
    (["train.py", "optimizer.lrr=1"], "optimizer.lrr is not a configuration key; did you mean optimizer.lr?"),
    (["train.py", "epochs=5"], "epochs is not a configuration key; did you mean trainer.max_epochs?"),
    (
        ["train.py", "model=CNN"],
        "model=CNN does not exist; model may be cnn, digit_classifier, mlp, resnet, staged_cnn; did you mean cnn?",
    ),
    (["train.py", "--lr", "0.1"], "unrecognized arguments: --lr; flags are"),
    (["train.py", "-m", "epochs=3,5"], "epochs is not a configuration key; did you mean trainer.max_epochs?"),
    (["eval.py", "device=cpu"], "device is not a configuration key; did you mean trainer.accelerator?"),
    (["baseline.py", "learning_rate=1"], "learning_rate is not a configuration key; did you mean lr?"),
    (["train.py", "foo"], "foo is not understood; an override is key=value"),
    (["train.py", "optimizer=null"], "optimizer=null: a group takes the name of one of its options, not null"),
    (["train.py", "data.batch_size=0"], "data.batch_size must be a whole number in 1..1000000, got 0"),
    (["train.py", "data.batch_size=many"], "data.batch_size must be a whole number in 1..1000000, got many"),
    (["train.py", "data.val_share=1.5"], "data.val_share must be a number in (0, 1) or null, got 1.5"),
    (["train.py", "optimizer.lr=-0.1"], "optimizer.lr must be a number above 0, got -0.1"),
    (["train.py", "seed=${nothing}"], "seed: Interpolation key 'nothing' not found"),
    (["train.py", "model=mlp", "model.input_size=100"], "model.input_size must be 784"),
    (["train.py", "logger=wandb"], "logger=wandb needs a package that is not installed: pip install wandb"),
    (["train.py", "-m", "model=cnn,cnm"], "model=cnm does not exist"),
    (["train.py", "-m", "data.batch_size=8,0"], "data.batch_size must be a whole number in 1..1000000, got 0"),
    (["train.py", "-m", "model="], "model= does not exist; model may be cnn"),
    (["train.py", "-m", "model=glob(x*)"], "model=glob(x*) stands for no value at all, and a sweep needs at least one"),
    (["train.py", "-m", "seed=range(1,1)"], "seed=range(1,1) stands for no value at all"),
    (["train.py", "-m", "seed=interval(1,2)"], "seed=interval(1,2) is no list of values, which a grid needs"),
    (["train.py", "-m", "model=mlp", "hydra.launcher.start=x"], "hydra.launcher.start must be one of fork, spawn"),
    (["train.py", "-m", "model=glob(m*)", "seed=-1,2"], "seed must be a whole number in 0..4294967295, got -1"),
    (["eval.py"], "checkpoint is required: give it as checkpoint=..."),
    (["eval.py", "checkpoint=nowhere"], "checkpoint=nowhere does not exist"),
    (["diagnose.py", "budget=0"], "budget must be a number above 0, got 0"),
    (["diagnose.py", "budget=-1"], "budget must be a number above 0, got -1"),
    (["diagnose.py", "checks=7"], "checks must be text or a list in which each is text or null, got 7"),
    (["diagnose.py", "check=lr"], "check is not a configuration key; did you mean checks?"),
    (["diagnose.py", "run=nowhere"], "run=nowhere does not exist; give a run directory, or latest"),
    (["diagnose.py", "run=latest"], "run=latest: there is no run below"),
    (["diagnose.py", "run=docs"], "run=docs holds nothing of a run: no config.yaml, "),
    (["diagnose.py", "rulez"], "rulez is not understood"),
    (["diagnose.py", "resume=latest"], "resume= is of train.py; diagnose.py can simply be started anew"),
]


@pytest.mark.parametrize(("typed", "said"), BAD, ids=[" ".join(typed) for typed, _ in BAD])
def test_bad_input_is_one_line_and_leaves_nothing(typed: list[str], said: str, tmp_path: Path) -> None:
    done = run_warm(*typed, f"paths.output_root={tmp_path / 'runs'}")
    assert done.returncode == 2
    assert done.stderr.startswith(f"digitlab: {said}")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


WITHOUT_TORCH = [  # although it is about what torch makes
    (["train.py", "data=digits", "model._target_=os.system"], "model._target_=os.system is not allowed"),
    (["train.py", "data=digits", "data.num_classes=5"], "data.num_classes must be above every label of the data"),
    (["eval.py", "checkpoint=pyproject.toml"], "checkpoint=pyproject.toml cannot be read"),
]


@pytest.mark.parametrize(("typed", "said"), WITHOUT_TORCH, ids=[" ".join(typed) for typed, _ in WITHOUT_TORCH])
def test_what_torch_could_tell_is_told_without_it(typed: list[str], said: str, tmp_path: Path) -> None:
    traps = tmp_path / "traps"
    for name in ("torch", "lightning"):
        (traps / name).mkdir(parents=True)
        (traps / name / "__init__.py").write_text(f"raise ImportError('{name} was loaded')\n")
    done = run_script(*typed, f"paths.output_root={tmp_path / 'runs'}", PYTHONPATH=str(traps))
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [traps]), done.stderr
    assert done.stderr.startswith(f"digitlab: {said}")
    assert len(done.stderr.splitlines()) == 1


def test_an_absent_gpu_is_one_line(tmp_path: Path) -> None:
    done = run_warm(
        "train.py", "trainer.accelerator=gpu", "data=digits", f"paths.output_root={tmp_path}", CUDA_VISIBLE_DEVICES=""
    )
    assert done.returncode == 2
    assert done.stderr.startswith("digitlab: trainer.accelerator=gpu: t")
    assert done.stderr.rstrip().endswith("use trainer.accelerator=auto or trainer.accelerator=cpu")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_for_runs_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("mine")
    done = run_warm("train.py", f"paths.output_root={tmp_path / 'runs'}")
    assert (done.returncode, done.stderr) == (
        2,
        f"digitlab: paths.output_root: {tmp_path / 'runs'} is a file, and a folder is needed; choose another place\n",
    )


def test_missing_data_is_a_paragraph(tmp_path: Path) -> None:
    done = run_warm(
        "train.py", "data.download=false", f"paths.data_dir={tmp_path / 'd'}", f"paths.output_root={tmp_path / 'o'}"
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3
    assert "data=digits works now" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_all_faults_are_listed(tmp_path: Path) -> None:
    done = run_warm("train.py", "epochs=5", "model=CNN", "seed=-1", f"paths.output_root={tmp_path / 'runs'}")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "digitlab: model=CNN does not exist; model may be cnn, digit_classifier, mlp, resnet, staged_cnn; did you mean "
        "cnn?",
        "digitlab: epochs is not a configuration key; did you mean trainer.max_epochs?",
        "digitlab: seed must be a whole number in 0..4294967295, got -1",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("defaults:\n  - train\n  - _self_\nseed: -3\n")
    done = run_warm("train.py", "-cd", str(tmp_path), "-cn", "mine", f"paths.output_root={tmp_path / 'runs'}")
    assert (done.returncode, done.stderr) == (2, "digitlab: seed must be a whole number in 0..4294967295, got -3\n")
    done = run_warm("train.py", "-cd", str(tmp_path), "-cn", "mein")
    assert done.returncode == 2
    assert done.stderr.startswith("digitlab: --config-name=mein does not exist in ")
    assert done.stderr.endswith("there are diagnose, eval, mine, train\n")


@pytest.mark.parametrize("content", ["a: [1\n b", "a: !!python/object/apply:os.getcwd []", "a: b: c"])
def test_a_file_of_ones_own_that_is_no_yaml_is_a_line(content: str, tmp_path: Path) -> None:
    (tmp_path / "own" / "model").mkdir(parents=True)
    (tmp_path / "own" / "model" / "mine.yaml").write_text(content)
    done = run_warm("train.py", "--config-dir", "own", "data=digits", "model=mine", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("digitlab: own/model/mine.yaml, line ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("typed", "variable"),
    [([], "DIGITLAB_TRACEBACK"), ([], "HYDRA_FULL_ERROR"), (["hydra.verbose=true"], None)],
)
def test_the_traceback_can_be_had(
    typed: list[str], variable: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DIGITLAB_TRACEBACK", "HYDRA_FULL_ERROR"):  # left by a command in this process
        monkeypatch.delenv(name, raising=False)
    if variable is not None:
        monkeypatch.setenv(variable, "1")
    done = run_warm("train.py", "seed=-1", *typed, f"paths.output_root={tmp_path}")
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("digitlab: seed must be")


def test_help_shows_groups_and_examples() -> None:
    done = run_script("train.py", "--help")
    assert done.returncode == 0
    assert "model       *cnn  digit_classifier  mlp  resnet  staged_cnn" in done.stdout
    assert "python src/train.py -m model=mlp,cnn seed=1,2,3" in done.stdout
    assert "trainer.gradient_clip_val: 1.0 # the lesson's" in done.stdout


def test_a_grid_makes_complete_runs_and_a_table(tmp_path: Path) -> None:
    done = run_warm(
        "train.py", "-m", "model=mlp,cnn", "optimizer.lr=1e-3,3e-3", "data=digits", "debug=limit", "data.batch_size=64",
        f"paths.output_root={tmp_path}",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    (sweep,) = (tmp_path / "train" / "sweeps").iterdir()
    for job in range(4):
        files = {str(path.relative_to(sweep / str(job))) for path in (sweep / str(job)).rglob("*") if path.is_file()}
        assert files >= {"result.json", "config.yaml", "environment.json", "metrics.csv", "checkpoints/best.ckpt",
                         "checkpoints/last.ckpt", ".hydra/config.yaml", ".hydra/overrides.yaml"}  # fmt: skip
        assert json.loads((sweep / str(job) / "result.json").read_text())["status"] == "ok"
    with (sweep / "sweep.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["job"], row["model"], row["optimizer.lr"]) for row in rows] == [
        ("0", "mlp", "0.001"), ("1", "mlp", "0.003"), ("2", "cnn", "0.001"), ("3", "cnn", "0.003"),
    ]  # fmt: skip
    assert all(0 <= float(row["test/acc"]) <= 1 for row in rows)
    assert "Sweep of 4 jobs" in done.stdout
    best = min(rows, key=lambda row: float(row["val/loss"]))["job"]
    assert f"test the best, job {best} " in done.stdout


def test_a_diverged_run_says_so(tmp_path: Path) -> None:
    done = run_warm(
        "train.py", "model=mlp", "data=digits", "optimizer=sgd", "optimizer.lr=1e30", "trainer.gradient_clip_val=null",
        "trainer.max_epochs=1", "scheduler=none", f"paths.output_root={tmp_path}",
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith("digitlab: the training loss became nan in epoch 1, step 2; try a lower optimizer.lr")
    (run,) = (tmp_path / "train").iterdir()
    assert json.loads((run / "result.json").read_text())["status"] == "diverged"


def test_a_disk_that_is_full_from_the_start_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "src" / "train.py"), "data=digits", f"paths.output_root={tmp_path}"],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),  # as near as one gets without root
    )
    assert done.returncode == 2
    assert done.stderr == "digitlab: a file of the run: File too large; make room, or give another paths.output_root\n"


def test_a_run_that_is_stopped_before_it_has_begun_says_so(tmp_path: Path) -> None:
    program = tmp_path / "train.py"
    program.write_text(
        "import os, signal\n"
        "from digitlab.cli.command import command\n"
        "from digitlab.tasks import train\n"
        "train.run = lambda cfg: os.kill(os.getpid(), signal.SIGTERM)\n"
        "command('train')()\n"
    )
    command = [sys.executable, str(program), "data=digits", f"paths.output_root={tmp_path / 'runs'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (143, "digitlab: stopped by SIGTERM\n")
    (run,) = (tmp_path / "runs" / "train").iterdir()
    assert read_result(run) == {"status": "interrupted"}
