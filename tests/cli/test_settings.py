"""What is composed becomes what a run gets: nothing missing, and nothing added that nobody reads."""

from pathlib import Path

import pytest

from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.settings import check_read, settle
from digitlab.errors import UserError
from support.terminal import compose_typed


def check(*typed: str) -> None:
    check_read(typed, compose_typed("train.py", *typed), ConfigFiles("train", typed))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("+epochs=5", r"^\+epochs=5: nothing reads epochs; did you mean trainer\.max_epochs\?$"),
        ("++lr=0.1", r"^\+\+lr=0\.1: nothing reads lr; did you mean optimizer\.lr\?$"),
        ("+checkpoint_every.minutes=5", r"^\+checkpoint_every\.minutes=5: nothing reads checkpoint_every\.minutes"),
        ("+foo=1", r"^\+foo=1: nothing reads foo$"),
    ],
)
def test_what_nothing_reads_is_refused(typed: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        check(typed)


@pytest.mark.parametrize(
    "typed",
    [
        ["+width=64", "model=mlp", "model.hidden_sizes=[${width},${width}]"],
        ["+optimizer.amsgrad=true"],
        ["+trainer.max_time=null"],
        ["++seed=3"],
        ["+hydra.job.env_set.A=1"],
        ["+callbacks.mine._target_=x"],
    ],
    ids=" ".join,
)
def test_what_something_reads_passes(typed: list[str]) -> None:
    check(*typed)


def test_what_an_experiment_sets_of_an_option_that_is_not_chosen_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    settings = settle(compose_typed("train.py", "experiment=accurate", "scheduler=none"), Path("x").absolute())
    assert settings["scheduler"] is None
    assert "scheduler=none; scheduler.pct_start of the experiment has no effect" in capsys.readouterr().out


def test_all_that_is_missing_is_listed() -> None:
    with pytest.raises(UserError) as refusal:
        settle(compose_typed("train.py", "seed=???", "optimizer.lr=???"), Path("x").absolute())
    assert str(refusal.value).splitlines() == [
        "optimizer.lr is required: give it as optimizer.lr=...", "seed is required: give it as seed=...",
    ]  # fmt: skip
