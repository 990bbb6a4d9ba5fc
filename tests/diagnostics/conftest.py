"""Examinations that are brief enough for tests."""

import pytest

from digitlab.diagnostics.evidence import collected


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer steps than people are given: the faults here are plain."""
    for name, steps in (("RUN_STEPS", 176), ("ONE_BATCH_STEPS", 100), ("RANGE_STEPS", 60)):
        monkeypatch.setattr(collected, name, steps)
