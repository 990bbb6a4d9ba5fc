"""The baseline command: complete run directories, bounds that count, refusals in one line."""

import json
from pathlib import Path

import pytest

from conftest import run_script, write_idx
from digitlab.baseline_experiments.outcome import Bound


def run_baseline(tmp_path: Path, *overrides: str):  # type: ignore[no-untyped-def]
    return run_script("baseline.py", *overrides, f"paths.output_root={tmp_path / 'out'}")


def only_run(tmp_path: Path) -> Path:
    (directory,) = (path for path in (tmp_path / "out" / "baseline").iterdir() if path.name != "sweeps")
    return directory


def test_a_run_is_complete_and_says_one_line(tmp_path: Path) -> None:
    done = run_baseline(tmp_path, "experiment=gradcheck", "check=true", "verbose=false")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    directory = only_run(tmp_path)
    files = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    wanted = {"config.yaml", "environment.json", "gradcheck.png", "metrics.csv", "result.json", ".hydra/overrides.yaml"}
    assert files >= wanted
    result = json.loads((directory / "result.json").read_text())
    assert (result["status"], result["command"], result["experiment"]) == ("ok", "baseline", "gradcheck")
    assert result["passed"] is True
    assert result["largest_error"] < 1e-7
    assert (directory / "gradcheck.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((directory / "environment.json").read_text())["numpy_threads"] == 1


def test_a_missed_bound_is_an_error_only_if_it_is_asked_for(tmp_path: Path) -> None:
    hopeless = ("experiment=xor", "seeds=2", "epochs=1", "pictures=false", "verbose=false")
    assert run_baseline(tmp_path / "a", *hopeless).returncode == 0
    done = run_baseline(tmp_path / "b", *hopeless, "check=true")
    assert done.returncode == 1
    assert done.stderr == "digitlab: xor: share of seeds solved 0 (at least 0.99: MISSED)\n"
    result = json.loads((only_run(tmp_path / "b") / "result.json").read_text())
    assert (result["status"], result["passed"]) == ("ok", False)
    assert not list(only_run(tmp_path / "b").glob("*.png"))


def test_a_diverging_rate_is_one_line_and_its_own_exit_code(tmp_path: Path) -> None:
    done = run_baseline(tmp_path, "experiment=digits", "lr=1e30", "seeds=1")
    assert done.returncode == 3
    assert done.stderr == "digitlab: digits diverged: the loss is nan in step 2, epoch 1; try a smaller lr\n"
    assert json.loads((only_run(tmp_path) / "result.json").read_text())["status"] == "diverged"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["experiment=nope"], "experiment=nope does not exist; experiment may be "),
        (["experiment=xr"], "experiment=xr does not exist; experiment may be "),
        (["hidden_sizes=[0]"], "hidden_sizes must be a list in which each is a whole number in 1..65536, got [0]"),
        (["lr=0"], "lr must be a number above 0, got 0"),
        (
            ["activation=rely"],
            "activation must be one of relu, leaky_relu, sigmoid, tanh, got rely; did",
        ),
        (["turns=2"], "turns is not a configuration key"),
        (["+turns=2"], "turns is not a setting of experiment=xor; it has hidden_sizes, "),
        (["threads=0"], "threads must be a whole number of at least 1, got 0"),
        (
            ["experiment=mnist", "paths.data_dir=nowhere"],
            "paths.data_dir: nowhere/MNIST/raw/train-images-idx3-ub",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_one_line_and_leaves_nothing(typed: list[str], said: str, tmp_path: Path) -> None:
    done = run_baseline(tmp_path, *typed)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"digitlab: {said}")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_files_of_mnist_that_do_not_belong_together_are_refused(tmp_path: Path, tiny_mnist: Path) -> None:
    import shutil

    import numpy as np

    shutil.copytree(tiny_mnist, tmp_path / "data")
    write_idx(tmp_path / "data" / "MNIST" / "raw" / "train-labels-idx1-ubyte", np.zeros(7, np.uint8))
    done = run_baseline(tmp_path, "experiment=mnist", f"paths.data_dir={tmp_path / 'data'}")
    assert done.returncode == 2
    assert "train-labels-idx1-ubyte" in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_mnist_is_read_from_its_files(tmp_path: Path, tiny_mnist: Path) -> None:
    done = run_baseline(
        tmp_path, "experiment=mnist", f"paths.data_dir={tiny_mnist}", "epochs=6", "batch_size=32", "check=true"
    )
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads((only_run(tmp_path) / "result.json").read_text())
    assert result["dataset"] == "mnist"
    assert (only_run(tmp_path) / "mnist.png").stat().st_size > 10_000


def test_several_experiments_in_one_sweep(tmp_path: Path) -> None:
    done = run_baseline(
        tmp_path, "-m", "experiment=gradcheck,digits", "++seeds=1", "++epochs=2", "pictures=false", "check=true"
    )
    assert done.returncode == 2  # gradcheck has no such settings, and nothing has started
    assert done.stderr.startswith("digitlab: seeds is not a setting of experiment=gradcheck")
    done = run_baseline(tmp_path, "-m", "experiment=gradcheck", "seed=1,2", "pictures=false", "check=true")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Sweep of 2 jobs" in done.stdout
    (sweep,) = (tmp_path / "out" / "baseline" / "sweeps").iterdir()
    assert "True" in (sweep / "sweep.csv").read_text()


def test_a_bound_that_is_not_a_number_is_missed() -> None:
    assert Bound("x", 1.0, at_least=1.0).kept
    assert Bound("x", 1.0, at_most=1.0).kept
    assert not Bound("x", 0.9, at_least=1.0).kept
    assert not Bound("x", 1.1, at_most=1.0).kept
    assert not Bound("x", float("nan"), at_least=0.0).kept
    assert not Bound("x", float("nan"), at_most=0.0).kept
