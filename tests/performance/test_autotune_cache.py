"""What was measured once is not measured again, and a damaged file does no harm."""

from pathlib import Path

import pytest

from digitlab.performance.autotune_cache import AUTOTUNE_CACHE, remember


def test_each_key_is_asked_for_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def find(answer: str) -> list[str]:
        asked.append(answer)
        return [answer]

    folder = tmp_path / "runs"
    assert remember(folder, "a", lambda: find("first")) == ["first"]
    assert remember(folder, "a", lambda: find("second")) == ["first"]
    assert remember(folder, "b", lambda: find("third")) == ["third"]
    assert remember(folder, "a", lambda: find("fourth")) == ["first"]
    assert asked == ["first", "third"]


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00"])
def test_a_damaged_file_holds_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / AUTOTUNE_CACHE).write_text(content)
    assert remember(tmp_path, "a", lambda: 1) == 1
    assert remember(tmp_path, "a", lambda: 2) == 1
