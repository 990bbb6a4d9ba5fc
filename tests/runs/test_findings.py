"""What was measured once is not measured again, and a damaged file does no harm."""

from pathlib import Path

import pytest

from digitlab.runs.findings import FINDINGS, recall


def test_each_key_is_asked_for_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def find(answer: str) -> list[str]:
        asked.append(answer)
        return [answer]

    folder = tmp_path / "runs"
    assert recall(folder, "a", lambda: find("first")) == ["first"]
    assert recall(folder, "a", lambda: find("second")) == ["first"]
    assert recall(folder, "b", lambda: find("third")) == ["third"]
    assert recall(folder, "a", lambda: find("fourth")) == ["first"]
    assert asked == ["first", "third"]


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00"])
def test_a_damaged_file_holds_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / FINDINGS).write_text(content)
    assert recall(tmp_path, "a", lambda: 1) == 1
    assert recall(tmp_path, "a", lambda: 2) == 1
