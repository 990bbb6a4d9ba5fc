"""A changed bit of what a later command reads is noticed."""

import json
from pathlib import Path

import pytest

from digitlab.runs.directories import RESULT, read_result
from digitlab.runs.files import write_json
from digitlab.runs.findings import FINDINGS, recall
from digitlab.runs.plan import PLAN, Job, Plan, read_plan
from digitlab.runs.seal import SEAL, broken, seal, unsealed

CONTENT = {"status": "ok", "test/acc": 0.9930, "steps": 4300, "sizes": (1, 2), "by_epoch": {9: 0.5, 10: None}}


def test_what_was_written_is_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_json(tmp_path / RESULT, seal(CONTENT))
    assert read_result(tmp_path) == json.loads(json.dumps(CONTENT))
    assert list(json.loads((tmp_path / RESULT).read_text()))[-1] == SEAL
    assert read_result(tmp_path / "nowhere") is None
    assert capsys.readouterr().out == ""


def test_every_changed_bit_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_json(tmp_path / RESULT, seal(CONTENT))
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


def test_a_damaged_plan_and_damaged_findings_are_not_believed(tmp_path: Path) -> None:
    Plan("train", "typed", ["seed=1,2"], [Job(0, ["seed=1"])]).write(tmp_path)
    assert recall(tmp_path, "how", lambda: "fast") == "fast"
    assert recall(tmp_path, "how", lambda: "slow") == "fast"
    assert read_plan(tmp_path) is not None
    for name, was, now in ((PLAN, b"seed=1,2", b"seed=1,3"), (FINDINGS, b"fast", b"fasu")):
        content = (tmp_path / name).read_bytes()
        assert was in content
        (tmp_path / name).write_bytes(content.replace(was, now))
    assert read_plan(tmp_path) is None
    assert recall(tmp_path, "how", lambda: "slow") == "slow"


def test_a_seal_is_of_all_the_rest() -> None:
    assert unsealed(seal(CONTENT)) == CONTENT
    assert seal(seal(CONTENT)) == seal(CONTENT)
    assert broken({**seal(CONTENT), "more": 1})
    assert broken(CONTENT)
    assert not broken(seal(CONTENT))
