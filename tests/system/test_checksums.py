"""A changed bit of what a later command reads is noticed."""

import json
from pathlib import Path

import pytest

from digitlab.performance.autotune_cache import AUTOTUNE_CACHE, remember
from digitlab.runs.directories import RESULT, read_result
from digitlab.runs.sweep_state import SWEEP_STATE, Job, SweepState, read_sweep_state
from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import CHECKSUM, checksum_fails, with_checksum, without_checksum

CONTENT = {"status": "ok", "test/acc": 0.9930, "steps": 4300, "sizes": (1, 2), "by_epoch": {9: 0.5, 10: None}}


def test_what_was_written_is_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_json(tmp_path / RESULT, with_checksum(CONTENT))
    assert read_result(tmp_path) == json.loads(json.dumps(CONTENT))
    assert list(json.loads((tmp_path / RESULT).read_text()))[-1] == CHECKSUM
    assert read_result(tmp_path / "nowhere") is None
    assert capsys.readouterr().out == ""


def test_every_changed_bit_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_json(tmp_path / RESULT, with_checksum(CONTENT))
    whole, expected = (tmp_path / RESULT).read_bytes(), read_result(tmp_path)
    assert expected is not None
    believed = 0
    for place in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            (tmp_path / RESULT).write_bytes(damaged)
            result = read_result(tmp_path)
            believed += result is not None
            assert result is None or result == expected, damaged  # a space for a line's end: what is read is right
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 8 * len(whole) - believed
    assert said[0] == f"{tmp_path / RESULT} is damaged and not believed"


def test_a_damaged_plan_and_damaged_answers_are_not_believed(tmp_path: Path) -> None:
    SweepState(tmp_path, "train", [Job(0, ["seed=1"], tmp_path / "0")]).write()
    assert remember(tmp_path, "how", lambda: "fast") == "fast"
    assert remember(tmp_path, "how", lambda: "slow") == "fast"
    assert read_sweep_state(tmp_path) is not None
    for name, was, now in ((SWEEP_STATE, b"seed=1", b"seed=3"), (AUTOTUNE_CACHE, b"fast", b"fasu")):
        content = (tmp_path / name).read_bytes()
        assert was in content
        (tmp_path / name).write_bytes(content.replace(was, now))
    assert read_sweep_state(tmp_path) is None
    assert remember(tmp_path, "how", lambda: "slow") == "slow"


def test_a_seal_is_of_all_the_rest() -> None:
    assert without_checksum(with_checksum(CONTENT)) == CONTENT
    assert with_checksum(with_checksum(CONTENT)) == with_checksum(CONTENT)
    assert checksum_fails({**with_checksum(CONTENT), "more": 1})
    assert checksum_fails(CONTENT)
    assert not checksum_fails(with_checksum(CONTENT))
