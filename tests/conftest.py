"""What the tests share: tiny data in MNIST's format, composed configurations, commands in processes of their own."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads on a busy machine can be slower than one, by far

import random
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

import digitlab.cli.app  # registers the resolvers that the configuration uses
from digitlab import paths
from digitlab.paths import PROJECT_ROOT, config_dir
from digitlab.system import command_line, signals
from digitlab.system.trust import VARIABLE
from support.idx_damage import write_idx
from torture.processes import start_warm

assert digitlab.cli.app
torch.set_num_threads(1)


def make_digits(count: int, seed: int, classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Return learnable images: class c is a bright bar at a place of its own, on noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count).astype(np.uint8)
    images = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 : 4 + 2 * (1 + label % 5), 3 + 12 * (label // 5) : 11 + 12 * (label // 5)] = 250
    return images, labels


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test is asked to stop by a signal that another one has heard."""
    before = [signal.getsignal(number) for number in signals.SIGNALS]
    for name in ("_waiting", "_received", "_workers"):
        monkeypatch.setattr(signals, name, getattr(signals, name))  # to be put back
    yield
    for number, handler in zip(signals.SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def untrusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test trusts, and where it imports from, ends with it: `trust` says both to all later processes."""
    for name in (VARIABLE, "PYTHONPATH"):
        if name in os.environ:
            monkeypatch.setenv(name, os.environ[name])
        else:
            monkeypatch.setenv(name, "")
            monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Chance is the same for a test whichever ran before it."""
    random.seed(0)
    np.random.seed(0)  # from which libraries draw
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def untyped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been typed until a test says so; what one has typed ends with it."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(command_line, "_typed", [])
    monkeypatch.setattr(command_line, "_command_words", 0)
    monkeypatch.setattr(paths, "_typed_in", None)


@pytest.fixture(scope="session")
def tiny_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in torchvision's layout with 600 training and 100 test images."""
    root = tmp_path_factory.mktemp("data")
    for prefix, count, seed in (("train", 600, 1), ("t10k", 100, 2)):
        images, labels = make_digits(count, seed)
        write_idx(root / "MNIST" / "raw" / f"{prefix}-images-idx3-ubyte", images)
        write_idx(root / "MNIST" / "raw" / f"{prefix}-labels-idx1-ubyte", labels)
    return root


@pytest.fixture(scope="session")
def real_mnist() -> Path:
    """The folder with the real MNIST; tests that want it are skipped without one."""
    folder = os.environ.get("DIGITLAB_TEST_DATA")
    if not folder:
        pytest.skip("DIGITLAB_TEST_DATA names no folder with MNIST/raw")
    path = Path(folder).absolute()
    assert (path / "MNIST" / "raw" / "train-images-idx3-ubyte").is_file(), f"no MNIST in {path}"
    return path


@pytest.fixture
def composed() -> Callable[..., DictConfig]:
    """Compose a command's configuration: composed("train", "model=mlp")."""

    def make(name: str, *overrides: str) -> DictConfig:
        GlobalHydra.instance().clear()
        with initialize_config_dir(str(config_dir(name)), version_base="1.3"):
            return compose(name, overrides=list(overrides))

    return make


@pytest.fixture
def job(composed: Callable[..., DictConfig], tmp_path: Path, tiny_mnist: Path) -> Callable[..., DictConfig]:
    """Compose a training job on the tiny data, with a run directory that exists."""

    def make(*overrides: str, run: str = "run", name: str = "train") -> DictConfig:
        directory = tmp_path / "train" / run
        directory.mkdir(parents=True, exist_ok=True)
        paths = (f"paths.data_dir={tiny_mnist}", f"paths.output_dir={directory}", f"paths.output_root={tmp_path}")
        return composed(name, "verbose=false", *paths, *overrides)

    return make


def run_script(*arguments: str, cwd: Path = PROJECT_ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python src/<arguments>` as a user would."""
    script, *rest = arguments
    return subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "src" / script), *rest],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def run_warm(*arguments: str, cwd: Path = PROJECT_ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it likewise in a fork of a process that has loaded torch, which takes seconds less."""
    script, *rest = arguments
    with tempfile.TemporaryDirectory() as place:
        run = start_warm(Path(place), rest, script=script, cwd=cwd, **environment)
        code = run.wait(300)
        return subprocess.CompletedProcess(arguments, code, run.said(), (Path(place) / "stderr").read_text())


def free_port() -> int:
    """Return a port on this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
