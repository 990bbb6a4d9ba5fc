"""The harness finds nothing to complain of, in short, and complains when there is something.

The long counts: `python scripts/torture.py`, see docs/robustness.md.
"""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from digitlab.paths import PROJECT_ROOT
from torture.counts import Count, table


def torture(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the harness as it is typed."""
    command = [sys.executable, str(PROJECT_ROOT / "scripts" / "torture.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=1200)


def faults(found: list[Count]) -> list[str]:
    assert all(count.tried for count in found)
    return [fault for count in found for fault in count.faults]


def test_a_little_of_everything_that_needs_processes() -> None:
    done = torture("kills", "full", "signals", "corruption", "flips", "--rounds", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    found = done.stdout.partition("\nwhat must hold")[2].splitlines()[1:]
    assert len(found) == 3 + 3 + 4 + 1 + 6
    assert all(re.search(r"  \d+ +0( |$)", line) for line in found), found


def test_the_cost_is_a_ratio_of_two_epochs(tmp_path: Path) -> None:
    from digitlab.data.catalogue import SOURCES
    from torture.cost import compare

    known = SOURCES["mnist"]
    try:
        count = compare(1, tmp_path, {"train": 200, "test": 50})
    finally:
        SOURCES["mnist"] = known
    assert count.tried == 1
    assert re.fullmatch(r"[+-]\d+\.\d% \(.* to .*, 1 pairs\) of \d+\.\d\d s, 1 thread", count.note)
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()


def test_unknown_harms_are_refused() -> None:
    done = torture("tickle")
    assert done.returncode == 2
    assert "harms are positions, kills, " in done.stderr


def test_a_fault_is_counted_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    count = Count("all is well", note="so far")
    count.add(None)
    count.add("round 2: it is not")
    assert capsys.readouterr().out == "  all is well: round 2: it is not\n"
    assert str(count) == "all is well: 2 tried, 1 faults (so far)"
    assert table([count]).splitlines() == ["what must hold  tried  faults", "all is well         2       1  so far"]


def test_positions_are_compared_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from digitlab.callbacks.seeded_steps import SeededSteps
    from torture import positions

    monkeypatch.setattr(
        positions, "KINDS", {"averaging": ("averaging=ema", "model.dropout=0.2", "trainer.max_epochs=2")}
    )
    assert faults(positions.positions(2, tmp_path / "sound", random.Random(1))) == []
    monkeypatch.setattr(SeededSteps, "on_train_batch_start", lambda *args, **kwargs: None)
    found = faults(positions.positions(1, tmp_path / "broken", random.Random(1)))
    assert len(found) == 1
    assert "ended in other bits" in found[0]
