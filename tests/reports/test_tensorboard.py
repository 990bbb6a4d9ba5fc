"""TensorBoard, started for real on finished runs and asked over HTTP what it would draw."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig

from conftest import free_port
from support.running import run_training


@pytest.fixture
def runs(job: Callable[..., DictConfig]) -> dict[str, dict[str, Any]]:
    """Two finished runs, by seed: their results."""
    results = {}
    for seed in ("0", "1"):
        settings = (
            "trainer.max_epochs=3",
            "trainer.log_every_n_steps=10",
            "scheduler=cosine",
            "data.batch_size=50",
            "monitor=val/acc",
        )  # soon 1.0, and the first epoch of equal ones is kept
        cfg = job("model=mlp", *settings, f"seed={seed}", run=seed)
        run_training(cfg)
        results[seed] = json.loads((Path(cfg.paths.output_dir) / "result.json").read_text())
    return results


@pytest.fixture
def tensorboard(runs: dict[str, dict[str, Any]], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A function that asks the running TensorBoard for a path."""
    port = free_port()
    arguments = ["--logdir", str(tmp_path), "--port", str(port), "--reload_interval", "1"]
    server = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def ask(path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/data/plugin/{path}", data)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    deadline = time.monotonic() + 60
    while True:
        try:
            if len(ask("scalars/tags")) == len(runs):
                break
        except (urllib.error.URLError, ConnectionError):
            pass
        assert server.poll() is None, "TensorBoard ended"
        assert time.monotonic() < deadline, "TensorBoard does not show the runs"
        time.sleep(0.3)
    yield ask
    server.terminate()
    server.wait(10)


def test_curves_and_table_have_the_real_numbers(
    tensorboard: Callable[..., Any], runs: dict[str, dict[str, Any]]
) -> None:
    tags = tensorboard("scalars/tags")
    for seed, result in runs.items():
        run = f"train/{seed}/tensorboard"
        assert set(tags[run]) >= {
            "train/loss", "train/loss_step", "train/acc", "val/loss", "val/acc", "test/loss", "test/acc", "lr"
        }  # fmt: skip
        assert "hp_metric" not in tags[run]
        curve = {
            tag: [value for _, _, value in tensorboard(f"scalars/scalars?run={run}&tag={tag}")]
            for tag in ("train/loss", "val/acc", "lr", "test/acc")
        }
        assert len(curve["train/loss"]) == len(curve["val/acc"]) == 3
        assert len(curve["lr"]) >= 3
        assert curve["lr"][-1] < curve["lr"][0]
        assert curve["test/acc"] == [pytest.approx(result["test/acc"])]
        assert max(curve["val/acc"]) >= result["val/acc"] - 1e-6

    query = {"allowedStatuses": ["STATUS_SUCCESS", "STATUS_RUNNING", "STATUS_UNKNOWN"], "startIndex": 0, "sliceSize": 9}
    groups = tensorboard("hparams/session_groups", {**query, "colParams": []})["sessionGroups"]
    table = {int(group["hparams"]["seed"]): group for group in groups}
    assert set(table) == {0, 1}
    for seed, result in runs.items():
        group = table[int(seed)]
        assert group["hparams"]["model"] == "MLP"
        assert group["hparams"]["optimizer.lr"] == pytest.approx(0.003)
        metrics = {value["name"]["tag"]: value["value"] for value in group["metricValues"]}
        assert metrics["test/acc"] == pytest.approx(result["test/acc"])
        assert metrics["test/loss"] == pytest.approx(result["test/loss"])
        # The row is that of the kept epoch, of which the last one differs.
        assert metrics["best/val_loss"] == pytest.approx(result["val/loss"])
        assert metrics["best/val_acc"] == pytest.approx(result["val/acc"])
        assert result["best_epoch"] == 1
        assert set(metrics) == {"best/val_loss", "best/val_acc", "test/loss", "test/acc"}
    infos = tensorboard("hparams/experiment", {})["hparamInfos"]
    names = [info["name"] for info in infos]
    assert names[:5] == ["data.batch_size", "model", "optimizer", "optimizer.lr", "trainer.max_epochs"]
    assert {"optimizer.momentum", "model.depths", "scheduler.patience"} <= set(names)  # of options not chosen here
