"""Command lines that Hydra would refuse in ten lines or after ten seconds."""

import pytest

from digitlab.cli.typed import parse
from digitlab.errors import UserError


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["model=mlp", "seed=1"], ["-m", "seed=1,2"], ["--cfg", "job"], ["--multirun"], ["--info"], ["--hydra-help"],
        ["~callbacks.progress"], ["~logger.csv"], ["paths.output_root='Zürich'"],
    ],
)  # fmt: skip
def test_good_ones_pass(arguments: list[str]) -> None:
    parse("train", arguments)


def test_the_version_ends_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse("train", ["--version"])
    assert (end.value.code, capsys.readouterr().err) == (0, "")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--lr", r"^unrecognized arguments: --lr; flags are -m"),
        ("--cfg=everything", r"--cfg.*invalid choice: 'everything'.*; flags are"),
        ("~seed", r"^~seed: a setting cannot be removed, only changed, as seed=\.\.\."),
        ("~model=mlp", r"^~model=mlp: a setting cannot be removed, only changed, as model=\.\.\."),
        (
            "paths.data_dir=Z\udcc3\udcbcrich",
            r"xc3.*xbcrich cannot be read in this locale; set PYTHONUTF8=1",
        ),
        ("paths.data_dir=\udcff", r"^paths\.data_dir=\\xff is not text: its bytes are not UTF-8"),
    ],
)
def test_bad_ones_are_refused_in_a_line(argument: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as refusal:
        parse("train", ["model=mlp", argument])
    assert "\n" not in str(refusal.value)


def test_flags_between_settings() -> None:
    with pytest.raises(UserError, match=r"^flags go in front of the settings, or behind them: .*seed=1,2; flags"):
        parse("train", ["model=mlp", "-m", "seed=1,2"])
    assert parse("train", ["model=mlp", "seed=1,2", "-m"]).multirun


@pytest.mark.parametrize(
    ("typed", "command", "hint"),
    [
        (["--lr", "0.1"], "train", "; did you mean optimizer.lr?"),
        (["--batch-size=64"], "train", "; did you mean data.batch_size?"),
        (["--epochs", "3", "--gpus", "1"], "train", "; did you mean trainer.max_epochs?"),
        (["--seed", "1"], "train", "; did you mean seed=...?"),
        (["--learning-rate", "1"], "baseline", "; did you mean lr?"),
        (["--foo"], "train", "settings are key=value"),
    ],
)
def test_a_setting_typed_as_a_flag(typed: list[str], command: str, hint: str) -> None:
    with pytest.raises(UserError) as refusal:
        parse(command, typed)
    assert str(refusal.value).startswith("unrecognized arguments: --")
    assert str(refusal.value).endswith(hint)
