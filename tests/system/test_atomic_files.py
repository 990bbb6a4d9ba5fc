"""Writing where somebody else may have put links: beside and renamed, never through."""

import os
import stat
from pathlib import Path

import pytest

import digitlab.system.atomic_files
from digitlab.errors import UserError
from digitlab.system.atomic_files import check_no_links, remove_leftovers, temporary_name, write_bytes
from torture.hostile_links import LINKS, Case


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim, run = tmp_path / "victim", tmp_path / "run"
    victim.write_text("mine")
    run.mkdir()
    for name in ("result.json", temporary_name(run / "result.json").name):
        (run / name).symlink_to(victim)
    write_bytes(run / "result.json", b"ours")
    assert victim.read_text() == "mine"
    assert not (run / "result.json").is_symlink()
    assert [path.name for path in run.iterdir()] == ["result.json"]


def test_a_pipe_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.csv")
    os.mkfifo(temporary_name(tmp_path / "metrics.csv"))
    write_bytes(tmp_path / "metrics.csv", b"ours")
    assert (tmp_path / "metrics.csv").read_bytes() == b"ours"


def test_a_device_stays_one(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except OSError:
        pytest.skip("only root may make devices, and not everywhere")
    with pytest.raises(OSError, match="a device, where a file is written"):
        write_bytes(device, b"ours")
    assert device.is_char_device()
    assert list(tmp_path.iterdir()) == [device]


def test_a_new_file_has_the_rights_that_are_usual(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    write_bytes(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("case", LINKS, ids=lambda case: case.label)
def test_links_that_lead_out_are_refused(case: Case, tmp_path: Path) -> None:
    run, outside = tmp_path / "run", tmp_path / "outside"
    (run / ".hydra").mkdir(parents=True)
    (run / "checkpoints").mkdir()
    outside.mkdir()
    check_no_links(run)
    case.arm(run, outside)
    with pytest.raises(UserError, match=r"^resume=run: .* in it is a link that leads out of it"):
        check_no_links(run, "resume=run")


def test_links_within_and_a_directory_that_is_a_link_itself_are_taken(tmp_path: Path) -> None:
    run = tmp_path / "disk" / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "checkpoints" / "last.ckpt").touch()
    (run / "latest.ckpt").symlink_to("checkpoints/last.ckpt")
    (run / "whole").symlink_to(run / "checkpoints")
    (run / "later").symlink_to("checkpoints/not-yet")
    (tmp_path / "run").symlink_to(run)
    check_no_links(run)
    check_no_links(tmp_path / "run")
    check_no_links(tmp_path / "nowhere")


def test_a_directory_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digitlab.system.atomic_files, "MOST_NAMES", 3)
    for name in "abcd":
        (tmp_path / name).touch()
    with pytest.raises(UserError, match="holds more than 3 files"):
        check_no_links(tmp_path)


def test_a_link_among_the_leftovers_goes_and_what_it_led_to_stays(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "victim").touch()
    (tmp_path / "run" / ".last.ckpt.1.tmp").symlink_to(tmp_path / "victim")
    remove_leftovers(tmp_path / "run")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["run", "victim"]
