"""Two processes that train one model: the figures of one, one decision, one end."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from conftest import free_port
from digitlab.paths import PROJECT_ROOT
from torture.processes import Prepare, Run, start_warm
from torture.several import alive, be_two

SETTINGS = (
    "model=mlp", "model.hidden_sizes=[8]", "model.dropout=0", "trainer.accelerator=cpu", "trainer.max_epochs=2",
    "logger=csv", "trainer.precision=32-true", "memory_format=contiguous", "verbose=false",
)  # fmt: skip
TWO = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2")


@pytest.fixture
def started() -> Iterator[list[Run]]:
    runs: list[Run] = []
    yield runs
    for run in runs:
        run.send(signal.SIGKILL)


def directory(place: Path) -> Path:
    return place / "train" / "run"


def start(place: Path, *settings: str, prepare: Prepare) -> Run:
    where = (f"paths.output_root={place}", f"hydra.run.dir={directory(place)}")
    return start_warm(place, [*SETTINGS, *settings, *where], prepare=prepare)


def without_batch_norm() -> None:
    nn.BatchNorm1d = lambda width: nn.Identity()  # type: ignore[assignment, misc]  # each process has statistics of its own


def nan_in_validation() -> None:
    import digitlab.module

    def loss(logits: Any, labels: Any, **named: Any) -> Any:
        return cross_entropy(logits, labels, **named) * (1 if torch.is_grad_enabled() else float("nan"))

    digitlab.module.cross_entropy = loss


def one_process_stops() -> None:
    """Have a callback of the second process alone set `should_stop`."""
    from lightning.pytorch.callbacks import LearningRateMonitor

    def stop(self: Any, trainer: Any, *args: Any) -> None:
        trainer.should_stop = trainer.should_stop or (trainer.global_rank == 1 and trainer.global_step == 3)

    LearningRateMonitor.on_train_batch_end = stop  # type: ignore[method-assign]


def one_process_diverges() -> None:
    import digitlab.module

    def loss(logits: Any, labels: Any, **named: Any) -> Any:
        wrong = os.environ["LOCAL_RANK"] == "1" and torch.is_grad_enabled()
        return cross_entropy(logits, labels, **named) * (float("nan") if wrong else 1)

    digitlab.module.cross_entropy = loss


def left(place: Path) -> tuple[dict[str, Any], list[dict[str, str]]]:
    with (directory(place) / "metrics.csv").open() as file:
        return json.loads((directory(place) / "result.json").read_text()), list(csv.DictReader(file))


def test_every_figure_is_that_of_one_process_whatever_it_saves(
    tmp_path: Path, tiny_mnist: Path, started: list[Run]
) -> None:
    data = f"paths.data_dir={tiny_mnist}"
    saves = "checkpoint_every={seconds: 0.01, steps: null}"
    one, two = tmp_path / "one", tmp_path / "two"
    started += [
        start(one, data, "data.batch_size=100", prepare=without_batch_norm),
        start(two, data, "data.batch_size=50", saves, *TWO, prepare=partial(be_two, two, without_batch_norm)),
    ]
    for run in started:
        assert run.wait(120) == 0, run.errors()
    (result, rows), (result_of_two, rows_of_two) = left(one), left(two)
    names = {"train/loss", "train/acc", "val/loss", "val/acc"}
    assert names < rows[0].keys()
    assert {name for name in result if "/" in name} == names | {"test/loss", "test/acc"}
    for name in (*names, "test/loss", "test/acc"):
        assert result_of_two[name] == pytest.approx(result[name], rel=1e-4), name
    for row, other in zip(rows, rows_of_two, strict=True):
        for name in names:
            assert float(other[name]) == pytest.approx(float(row[name]), rel=1e-4), name


@pytest.mark.parametrize(
    ("before", "code", "said"),
    [
        (nan_in_validation, 3, "digitlab: the validation loss became nan in epoch 1, step 22"),
        (one_process_diverges, 3, "digitlab: the training loss became nan in epoch 1, step 1"),
        (one_process_stops, 0, ""),
    ],
)
def test_what_one_process_finds_ends_both(
    before: Prepare, code: int, said: str, tmp_path: Path, started: list[Run]
) -> None:
    run = start(tmp_path, "data=digits", *TWO, prepare=partial(be_two, tmp_path, before))
    started.append(run)
    assert run.wait(120) == code, run.errors()
    assert run.errors().startswith(said)
    assert len(run.errors().splitlines()) == bool(said)
    assert (tmp_path / "stderr-1").read_text() == ""
    result = json.loads((directory(tmp_path) / "result.json").read_text())
    assert result["status"] == ("ok" if code == 0 else "diverged")
    assert result.get("steps") == (3 if before is one_process_stops else None)


def test_a_process_that_is_killed_ends_both_in_a_line(tmp_path: Path, started: list[Run]) -> None:
    run = start(tmp_path, "data=digits", "trainer.max_epochs=1000", *TWO, prepare=partial(be_two, tmp_path))
    started.append(run)
    while not (directory(tmp_path) / "checkpoints" / "last.ckpt").exists() and run.ended() is None:
        time.sleep(0.05)
    os.kill(int((tmp_path / "second").read_text()), signal.SIGKILL)
    assert run.wait(20) == 1, run.errors()
    (line,) = run.errors().splitlines()
    assert line.startswith("digitlab: another process of this training has ended; resume with: ")
    assert line.endswith(f"resume={directory(tmp_path)}")
    assert json.loads((directory(tmp_path) / "result.json").read_text())["status"] == "failed"


def test_a_second_signal_ends_all(tmp_path: Path, started: list[Run]) -> None:
    run = start(tmp_path, "data=digits", "trainer.max_epochs=1000", *TWO, prepare=partial(be_two, tmp_path, block))
    started.append(run)
    while not (tmp_path / "blocked").exists() and run.ended() is None:
        time.sleep(0.05)
    second = int((tmp_path / "second").read_text())
    for _ in range(2):
        run.send(signal.SIGTERM)
        time.sleep(0.3)
    assert run.wait(5) == 143
    deadline = time.monotonic() + 5
    while alive(second):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def block() -> None:
    """Never come to the end of a step."""
    from digitlab.callbacks.last_checkpoint import LastCheckpoint

    def sleep(self: Any, *args: Any) -> None:
        (self.path.parents[3] / "blocked").touch()
        time.sleep(60)

    LastCheckpoint.on_train_batch_end = sleep  # type: ignore[method-assign]


def test_a_signal_is_heard_while_the_first_process_waits_for_the_others(tmp_path: Path) -> None:
    """The second one never comes; the call that waits for it lets no handler of Python run."""
    environment = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2",
                   "LOCAL_RANK": "0"}  # fmt: skip
    command = [sys.executable, str(PROJECT_ROOT / "src" / "train.py"), *SETTINGS, *TWO, "data=digits"]
    run = subprocess.Popen(
        [*command, f"hydra.run.dir={directory(tmp_path)}"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert run.stdout is not None
        assert run.stdout.readline().startswith("On cpu")
        time.sleep(1)
        run.send_signal(signal.SIGTERM)
        _, errors = run.communicate(timeout=20)
    finally:
        run.kill()
    assert (run.returncode, errors) == (143, "digitlab: stopped by SIGTERM\n")
    assert json.loads((directory(tmp_path) / "result.json").read_text())["status"] == "interrupted"
