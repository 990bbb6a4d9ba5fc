"""config.yaml: what was written is read, and every change of it is noticed."""

import random
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from digitlab.errors import UserError
from digitlab.runs.config_file import LARGEST, read_config, write_config

SETTINGS: dict[str, Any] = {
    "seed": 42, "resume": None, "verbose": True, "optimizer": {"lr": 1e-05, "betas": [0.9, 0.999]},
    "texts": ["1e3", "yes", "null", "a: b", "# crc32: 0",
              "${oc.env:HOME}", "می\u200cشود", "a\u00a0b", "👩\u200d🔬", ""],
    "places": {"data_dir": "/data/Zürich's [1]"},
}  # fmt: skip


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_config(tmp_path, SETTINGS)
    assert read_config(tmp_path) == SETTINGS
    assert (tmp_path / "config.yaml").read_text().startswith("# crc32 ")
    assert OmegaConf.load(tmp_path / "config.yaml")["seed"] == 42


def test_every_changed_bit_and_every_cut_is_noticed_or_changes_nothing(tmp_path: Path) -> None:
    write_config(tmp_path, SETTINGS)
    path, rng, noticed = tmp_path / "config.yaml", random.Random(0), 0
    content = path.read_bytes()
    for number in range(400):
        damaged = bytearray(content)
        if number % 4 == 0:
            del damaged[rng.randrange(len(damaged)) :]
        else:
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            assert read_config(tmp_path) == SETTINGS, bytes(damaged)
        except UserError:
            noticed += 1
    assert noticed > 390


def test_one_without_the_checksum_is_read_as_it_is(tmp_path: Path) -> None:
    write_config(tmp_path, SETTINGS)
    lines = (tmp_path / "config.yaml").read_text().splitlines()
    (tmp_path / "config.yaml").write_text("\n".join(lines[1:]).replace("seed: 42", "seed: 7"))
    assert read_config(tmp_path) == {**SETTINGS, "seed": 7}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no settings"),
        (b"- 1\n", "holds no settings"),
        (b"a: [1\n", "no YAML that can be read"),
        (b"a: \xff\n", "bytes that are no text"),
        (b"a: &a [1]\nb: *a\n", "aliases or tags"),
        (b"a: " + b"x" * LARGEST, "larger than"),
        (b"# crc32 00000000\na: 1\n", "was changed since"),
    ],
)
def test_other_files_are_refused_in_a_line(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes(content)
    with pytest.raises(UserError, match=f"^resume=.*config.yaml.*{said}") as refusal:
        read_config(tmp_path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("settings", [{"a": "\x1b[2J"}, {"a": "x" * 5000}, {"a": [1] * 30_000}, {"a\n": 1}])
def test_what_could_not_be_read_back_is_refused_before_a_run_begins(settings: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^the configuration of .* holds "):
        write_config(tmp_path, settings)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^sweep=.* is no run directory, it lacks config\.yaml"):
        read_config(tmp_path, "sweep")
