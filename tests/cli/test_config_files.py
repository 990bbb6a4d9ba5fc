"""What the files say against what Hydra composes."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.schema.rules import leaves
from digitlab.paths import CONF_DIR, config_dir
from support.terminal import compose_typed

TYPED = [
    *([f"experiment={path.stem}"] for path in sorted((CONF_DIR / "experiment").glob("*.yaml"))),
    *([f"debug={path.stem}"] for path in sorted((CONF_DIR / "debug").glob("*.yaml"))),
    [],
    ["model=mlp"],
    ["experiment=accurate", "model=mlp", "debug=overfit"],
    ["debug=[limit,profiler]", "logger=[csv,wandb]"],
    ["scheduler=none", "augment=elastic", "averaging=ema"],
]


@pytest.mark.parametrize("typed", TYPED, ids=" ".join)
def test_options_and_keys_are_those_that_hydra_composes(typed: list[str]) -> None:
    files = ConfigFiles("train", typed)
    config = compose_typed("train.py", *typed)
    choices = config.hydra.runtime.choices
    for group, options in files.chosen.items():
        if len(options) < 2:  # Hydra does not record lists
            assert [*options, None][0] == choices[group]
    plain = OmegaConf.to_container(config, resolve=False)
    assert isinstance(plain, dict)
    keys = {key for key, _ in leaves({name: value for name, value in plain.items() if name != "hydra"})}
    assert keys <= {*files.known()}


def test_a_primary_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("defaults:\n  - train\n  - override model: mlp\n  - _self_\nown: 1\n")
    for flags in (["-cd", str(tmp_path), "-cn", "mine"], [f"--config-dir={tmp_path}", "--config-name=mine.yaml"]):
        files = ConfigFiles("train", flags)
        assert files.chosen["model"] == ["mlp"]
        assert {"own", "seed", "model.hidden_sizes"} <= {*files.known()}
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(tmp_path), version_base="1.3"):
        config = compose("mine", overrides=[f"hydra.searchpath=['file://{config_dir('train')}']"])
    assert config.own == 1


def test_a_file_that_is_no_yaml_offers_nothing(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "own.yaml").write_text("a: [1\n")
    files = ConfigFiles("train", ["-cd", str(tmp_path)])
    assert "own" in files.options("model")
    assert files.keys("model", "own") == []
