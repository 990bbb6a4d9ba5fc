"""Each configuration is built once, and each checkpoint is checked once, between the command line and the work."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from digitlab import build
from digitlab.checkpoints import header
from digitlab.cli.app import launch
from digitlab.tasks import train

SHORT = (
    "data=digits", "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "memory_format=contiguous", "scheduler=none", "logger=csv", "verbose=false", "trainer.limit_train_batches=3",
)  # fmt: skip


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is built."""
    counts: Counter[str] = Counter()

    def count(module: Any, name: str) -> None:
        original: Callable[..., Any] = getattr(module, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            counts[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, counting)

    for name in ("build_module", "build_datamodule", "build_trainer"):
        count(build, name)
    count(train, "tune")
    count(header, "read_archive")
    return counts


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["train.py", *arguments])
    launch("train")


def test_a_run_is_built_once_and_a_resumed_checkpoint_is_checked_once(
    counted: Counter[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "run"
    typed = tmp_path / "not-yet-made" / ".." / "run"  # the same place in other words
    run(monkeypatch, *SHORT, "trainer.max_epochs=1", f"hydra.run.dir={typed}", "test=false")
    assert {counted[name] for name in ("build_module", "build_datamodule", "build_trainer", "tune")} == {1}

    counted.clear()
    monkeypatch.setattr(header, "SETTLED_SECONDS", -1.0)  # the file is old enough to be known by its times
    (place / "checkpoints" / "best.ckpt").unlink()
    run(monkeypatch, f"resume={place}", "trainer.max_epochs=2", "test=false")
    assert {counted[name] for name in ("build_module", "build_datamodule", "build_trainer", "tune")} == {1}
    saved = 3  # best and last of the second epoch are checked as they are written, and the kept one as it is read
    assert counted["read_archive"] == 1 + saved
