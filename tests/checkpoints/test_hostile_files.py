"""Files of strangers that ask for much, or are no files: refused in time, or passed over and said so."""

import shutil
import time
from pathlib import Path

import pytest
import torch

from digitlab.checkpoints.reading import restore_module
from digitlab.checkpoints.restoring import check_restorable
from support.measure import measured, read_run
from support.sample_runs import make_run
from torture.hostile_contents import CONTENTS
from torture.hostile_links import KINDS, Case
from torture.hostile_sizes import SIZES

assert check_restorable  # loaded before anything is measured
assert restore_module


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("sample") / "run")


def test_the_sample_itself_is_read(sample: Path) -> None:
    taken = measured(lambda: read_run(sample))
    assert (taken.kind, taken.said) == ("read", "['sweep.json']")


@pytest.mark.parametrize("case", [*SIZES, *KINDS, *CONTENTS], ids=lambda case: case.label)
def test_it_is_refused_or_passed_over_in_time(case: Case, sample: Path, tmp_path: Path) -> None:
    run, outside = tmp_path / "run", tmp_path / "outside"
    shutil.copytree(sample, run)
    outside.mkdir()
    case.arm(run, outside)
    taken = measured(lambda: read_run(run))
    assert taken.kind in ("UserError", "read"), taken
    assert "\n" not in taken.said
    assert taken.megabytes < 300, taken
    assert taken.seconds < 2, taken
    if taken.kind == "read":  # only what a run is not read by may be odd
        assert any(name in case.label for name in ("result", "sweep", "metrics.csv")), taken


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system does not tell the peak of memory")
def test_the_measure_sees_what_is_taken() -> None:
    taken = measured(lambda: torch.zeros(100_000_000).sum())
    assert taken.megabytes > 380
    assert measured(lambda: [].pop()).kind == "IndexError"
    assert measured(lambda: time.sleep(9), 0.2).kind == "hang"
