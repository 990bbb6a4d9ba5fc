"""Help: every group, option and key, with the comments that explain them, and no Hydra."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from omegaconf import DictConfig, OmegaConf

from conftest import run_script
from digitlab.cli.help import help_text
from digitlab.cli.schema.rules import leaves
from digitlab.paths import CONF_DIR, PROJECT_ROOT


@pytest.mark.parametrize("name", ["train", "eval"])
def test_help_names_every_key(name: str, composed: Callable[..., DictConfig]) -> None:
    shown = help_text(name)
    config = OmegaConf.to_container(composed(name), resolve=False)
    assert isinstance(config, dict)
    for key, _ in leaves(config):
        last = key.rpartition(".")[2]
        assert f"{last}:" in shown, key


def test_help_names_every_option_of_the_commands_groups_and_no_others() -> None:
    groups = help_text("train").partition("== Groups")[2].partition("== Keys")[0]
    for path in CONF_DIR.glob("*/*.yaml"):
        if path.parent.name not in ("hydra", "baseline"):
            assert path.stem in groups
    assert "baseline" not in groups
    assert "model " not in help_text("eval").partition("== Groups")[2].partition("== Keys")[0]


def test_help_shows_the_keys_of_what_was_chosen() -> None:
    shown = help_text("train", ["model=mlp", "experiment=lesson_cnn", "--help"])
    assert "model       cnn  digit_classifier  *mlp" in shown
    assert "  hidden_sizes: [256, 128]" in shown
    assert "-- experiment=lesson_cnn, with data=mnist model=cnn" in shown
    assert "epochs: 500" in help_text("baseline", ["experiment=spiral"])


def test_help_of_an_option_built_on_another_shows_both() -> None:
    shown = help_text("train", ["data=digits"])
    assert shown.index("batch_size: 128") < shown.index("batch_size: 32")


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
