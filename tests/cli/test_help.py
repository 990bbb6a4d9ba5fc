"""Help: every group, option and key, with the comments that explain them, and no Hydra."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from conftest import run_script
from digitlab.cli.help import EVERYTHING, help_text
from digitlab.cli.schema.rules import leaves
from digitlab.errors import UserError
from digitlab.paths import CONF_DIR, PROJECT_ROOT

LONGEST = 100  # lines


@pytest.mark.parametrize("name", ["train", "eval", "diagnose", "baseline"])
@pytest.mark.parametrize("typed", [[], ["averaging=ema"], ["experiment=lesson_mlp"]])
def test_everything_names_every_key(name: str, typed: list[str], composed: Callable[..., DictConfig]) -> None:
    typed = typed if name == "train" else []
    shown = help_text(name, [EVERYTHING, *typed])
    config = OmegaConf.to_container(composed(name, *typed), resolve=False)
    assert isinstance(config, dict)
    for key, _ in leaves(config):
        last = key.rpartition(".")[2]
        assert f"{last}:" in shown, key


@pytest.mark.parametrize("name", ["train", "eval", "diagnose", "baseline"])
def test_the_help_that_comes_first_is_short(name: str) -> None:
    assert len(help_text(name).splitlines()) <= LONGEST


@pytest.mark.parametrize("path", sorted((CONF_DIR / "experiment").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_help_of_an_experiment_is_short_too(path: Path) -> None:
    assert len(help_text("train", [f"experiment={path.stem}"]).splitlines()) <= 1.2 * LONGEST


def groups_of(shown: str) -> str:
    return shown.partition("== Groups")[2].partition("== Keys")[0]


def test_help_names_every_option_of_the_commands_groups_and_no_others() -> None:
    groups = groups_of(help_text("train"))
    for path in CONF_DIR.glob("*/*.yaml"):
        if path.parent.name not in ("hydra", "baseline"):
            assert path.stem in groups
    assert "baseline" not in groups
    assert "model " not in groups_of(help_text("eval"))


def test_help_shows_what_is_changed_most_with_its_comment() -> None:
    shown = help_text("train")
    assert "trainer.max_epochs: 20 # the lesson's" in shown
    assert "model.channels: [32, 64, 128]" in shown
    assert "lr: 0.1 # of Adam" in help_text("baseline")


def test_help_shows_the_keys_of_what_was_typed() -> None:
    shown = help_text("train", ["model=mlp", "--help"])
    assert "model       cnn  digit_classifier  *mlp" in shown
    assert "  hidden_sizes: [256, 128]" in shown
    assert "model.channels" not in shown
    assert "epochs: 500" in help_text("baseline", ["experiment=spiral"])


def test_an_experiment_decides_which_options_are_shown() -> None:
    shown = help_text("train", ["experiment=lesson_mlp", "--help"])
    assert "-- experiment=lesson_mlp, with data=mnist model=mlp" in shown
    assert "*mlp" in groups_of(shown)
    assert "*cnn" not in groups_of(shown)
    assert "model.hidden_sizes: [256, 128]" in shown
    assert "model.channels" not in shown
    assert "callbacks.early_stopping.patience" not in shown  # the experiment has none
    assert "*digit_classifier" in groups_of(help_text("train", ["experiment=lesson_mlp", "model=digit_classifier"]))


def test_help_of_a_group_shows_each_of_its_options() -> None:
    shown = help_text("train", ["--help", "optimizer"])
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("-- ")] == [
        "optimizer=adam", "optimizer=adamw", "optimizer=rmsprop", "optimizer=sgd",
    ]  # fmt: skip
    assert "  nesterov: false" in shown


def test_keys_stand_in_the_section_that_they_are_typed_with() -> None:
    assert "callbacks:\n  weight_averaging:\n    _target_:" in help_text("train", ["averaging=ema"])


def test_help_of_an_option_built_on_another_shows_both() -> None:
    shown = help_text("train", ["data=digits"])
    assert shown.index("batch_size: 128") < shown.index("batch_size: 32")


def test_help_takes_the_value_of_a_flag_for_no_group() -> None:
    assert help_text("train", ["--cfg", "job", "-p", "data", "--help", "-cd"]) == help_text("train")


@pytest.mark.parametrize("flag", [["-cd", "{}"], ["--config-dir", "{}"], ["--config-dir={}"]])
def test_help_sees_a_folder_of_ones_own(flag: list[str], tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "own.yaml").write_text("# @package _global_\n# Mine.\nseed: 3 # lucky\n")
    shown = help_text("train", [word.format(tmp_path) for word in flag] + ["experiment=own", "--help"])
    assert "*own" in groups_of(shown)
    assert "# Mine.\nseed: 3 # lucky" in shown


def test_what_does_not_exist_is_refused_in_a_line() -> None:
    with pytest.raises(UserError, match=r"^modle is no group; --help takes .*; did you mean model\?$"):
        help_text("train", ["--help", "modle"])
    with pytest.raises(UserError, match=r"^model=CNM does not exist; model may be cnn, .*; did you mean cnn\?$"):
        help_text("train", ["model=CNM", "--help"])


def test_help_needs_no_hydra() -> None:
    program = "import sys; from digitlab.cli.help import help_text; help_text('train'); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT / "src", capture_output=True, text=True, check=True
    )
    assert not {"hydra", "omegaconf", "torch", "numpy"} & set(done.stdout.split())


def test_help_as_it_is_typed() -> None:
    for flag in ("--help", "-h"):
        done = run_script("baseline.py", flag)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("python src/baseline.py group=option key=value ...")
    done = run_script("train.py", "--help", "modle")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("digitlab: modle is no group")


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"{sys.executable} {PROJECT_ROOT / 'src' / 'train.py'} --help all | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "python src/train.py group=option key=value ...\n"
