"""What was measured is not measured twice, by one process or by many, and a damaged file does no harm."""

import subprocess
import sys
from pathlib import Path

import pytest

from digitlab.paths import PROJECT_ROOT
from digitlab.performance.autotune_cache import AUTOTUNE_CACHE, remember

ASK = """
import os, sys, time
from pathlib import Path
from digitlab.performance.autotune_cache import remember
folder, key = Path(sys.argv[1]), sys.argv[2]
ready = folder / f"ready-{os.getpid()}"
ready.touch()
while len(list(folder.glob("ready-*"))) < 4:
    time.sleep(0.01)

def find():
    with (folder / "asked").open("a") as file:
        file.write(key + chr(10))
    time.sleep(0.5)
    return os.getpid()

print(remember(folder / "runs", key, find))
"""


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


def test_where_nothing_can_be_kept_each_start_asks(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "cache"  # as on a disk that may only be read
    assert remember(folder, "a", lambda: 1) == 1
    assert remember(folder, "a", lambda: 2) == 2


def test_what_goes_wrong_while_it_measures_is_said(tmp_path: Path) -> None:
    def find() -> None:
        raise OSError("of the measurement")

    with pytest.raises(OSError, match="of the measurement"):
        remember(tmp_path, "a", find)


@pytest.mark.parametrize("keys", [("a", "a", "a", "a"), ("a", "b", "a", "b")])
def test_of_four_processes_one_measures_and_all_take_its_answer(tmp_path: Path, keys: tuple[str, ...]) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, str(tmp_path), key], cwd=PROJECT_ROOT / "src", stdout=subprocess.PIPE, text=True
        )
        for key in keys
    ]
    said = [process.communicate(timeout=60)[0].split("\n") for process in processes]
    answers = [lines[-2] for lines in said]
    assert sorted((tmp_path / "asked").read_text().split()) == sorted(set(keys))
    assert len(set(zip(keys, answers, strict=True))) == len(set(keys)) == len(set(answers))
    assert any("Waiting for another process that measures how to compute ..." in lines for lines in said)
    assert all(remember(tmp_path / "runs", key, lambda: None) == int(it) for key, it in zip(keys, answers, strict=True))
