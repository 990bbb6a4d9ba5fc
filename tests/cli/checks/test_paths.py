"""Places: folders on this machine that can be written to, and nothing left of the trial."""

import os
from pathlib import Path

import pytest

from digitlab.cli.checks.paths import check_paths, check_writable
from digitlab.errors import UserError


def test_good_places_pass_and_stay_as_they_are(tmp_path: Path) -> None:
    check_paths({"data_dir": "data", "output_root": str(tmp_path)})
    check_writable("paths.output_root", tmp_path / "not" / "yet" / "made")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "http://example.org/data",
            r"^paths\.data_dir must be a folder on this machine, got http://example\.org/data$",
        ),
        ("s3://bucket", r"must be a folder on this machine, got s3"),
        ("~/data", r"^paths\.data_dir must not begin with ~, got ~/data; type \$HOME/data"),
    ],
)
def test_places_that_are_not_meant_so(value: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_paths({"data_dir": value})


def test_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("file", "dangling"):
        with pytest.raises(UserError, match=rf"^paths\.output_root: .*{name} is a file, and a folder is needed"):
            check_writable("paths.output_root", tmp_path / name / "train" / "x")


@pytest.mark.parametrize("parts", [["a" * 300, "x"], ["new", "a" * 300], ["a" * 200] * 30, ["a" * 200] * 20])
def test_names_that_no_file_system_takes(tmp_path: Path, parts: list[str]) -> None:
    with pytest.raises(UserError, match=r"^paths\.output_root: .* cannot be written to \(File name too long\)"):
        check_writable("paths.output_root", tmp_path.joinpath(*parts))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_only_looks_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(30, "Read-only file system", str(tmp_path / "x"))

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(UserError, match=r"^paths\.output_root: .* cannot be written to \(Read-only file system\)"):
        check_writable("paths.output_root", tmp_path / "runs")
