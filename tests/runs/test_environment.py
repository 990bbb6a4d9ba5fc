"""What a run notes of its surroundings, and that it leaves these as they are."""

import os
import subprocess
from pathlib import Path

import pytest

from digitlab.runs import environment


def test_the_repository_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> None:
        named = ("-c", "user.name=x", "-c", "user.email=x@y")
        subprocess.run(["git", *named, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    (tmp_path / "file").write_text("x")
    git("add", "file")
    git("commit", "-m", "x")
    os.utime(tmp_path / "file", (1, 1))  # git would note that its content is the same
    index = (tmp_path / ".git" / "index").read_bytes()
    monkeypatch.setattr(environment, "PROJECT_ROOT", tmp_path)
    state = environment.describe_environment()["git"]
    assert state["dirty"] is False
    assert len(state["commit"]) == 40
    assert (tmp_path / ".git" / "index").read_bytes() == index
