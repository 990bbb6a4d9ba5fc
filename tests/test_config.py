"""The configuration: every option composes, binds to what it configures, and has a rule for each key."""

import inspect
from collections.abc import Callable
from importlib import import_module
from itertools import chain

import pytest
from omegaconf import DictConfig

from digitlab.build import build_module, check_targets
from digitlab.cli.schema.combinations import check_together
from digitlab.cli.schema.rules import check_values, leaves, rule_for
from digitlab.paths import CONF_DIR, PROJECT_ROOT
from digitlab.safe_instantiate import check_allowed
from digitlab.tasks.baseline import arguments_of
from support.running import plain

GROUPS = (
    "data", "model", "optimizer", "scheduler", "augment", "loss", "metrics", "trainer", "callbacks", "averaging",
    "finetuning", "logger", "experiment",
    "debug",
)  # fmt: skip
ALONE = {"wandb", "mlflow"}  # classes of packages that are not ours to install; their arguments are not checked here
NEEDED = {
    "data=image_folder": ["data.classes=[cat,dog]"],  # else it looks for the folders
    "finetuning=frozen": ["init_from=run"],
    "finetuning=staged": ["init_from=run"],
    "finetuning=full": ["init_from=run"],
    "experiment=transfer": ["init_from=run"],
}
OPTIONS = [f"{group}={path.stem}" for group in GROUPS for path in sorted((CONF_DIR / group).glob("*.yaml"))]


def test_the_list_of_options_is_not_empty() -> None:
    assert len(OPTIONS) > 40


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_composes_binds_and_obeys_the_rules(option: str, composed: Callable[..., DictConfig]) -> None:
    cfg = composed("train", option, "paths.output_dir=somewhere", *NEEDED.get(option, ()))
    config = plain(cfg)
    check_values(config)
    check_together(config)
    check_allowed(config)
    if option.partition("=")[2] not in ALONE:
        check_targets(config)
    for key, _ in leaves(config):
        assert rule_for(key) is not None, f"{key} has no rule in cli/schema/rules.py"


BASELINE = sorted(path.stem for path in (CONF_DIR / "baseline" / "experiment").glob("*.yaml"))


@pytest.mark.parametrize("name", BASELINE)
def test_every_baseline_experiment_composes_binds_and_obeys_the_rules(
    name: str, composed: Callable[..., DictConfig]
) -> None:
    cfg = composed("baseline", f"experiment={name}", "paths.output_dir=somewhere")
    check_values(plain(cfg))
    for key, _ in leaves(plain(cfg)):
        assert rule_for(key) is not None, f"{key} has no rule in cli/schema/rules.py"
    run = import_module(f"digitlab.baseline_experiments.{cfg.experiment}").run
    assert set(inspect.signature(run).parameters) == {*arguments_of(run, plain(cfg))}
    assert callable(import_module(f"digitlab.baseline_experiments.plots.{cfg.experiment}").draw)
    header = (CONF_DIR / "baseline" / "experiment" / f"{name}.yaml").read_text().partition("experiment:")[0]
    assert all(word in header for word in ("# COMMAND ", "# HARDWARE ", "# TIME ", "# EXPECTED "))


EXPERIMENTS = sorted(path.stem for path in (CONF_DIR / "experiment").glob("*.yaml"))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_says_its_command_and_what_to_expect(name: str) -> None:
    header = (CONF_DIR / "experiment" / f"{name}.yaml").read_text().partition("defaults:")[0]
    assert all(word in header for word in ("# COMMAND ", "# HARDWARE ", "# TIME ", "# EXPECTED "))
    assert f"experiment={name}" in header


@pytest.mark.parametrize("name", ["fast", "accurate", "record"])
def test_the_best_networks_are_no_larger_than_the_lessons(name: str, composed: Callable[..., DictConfig]) -> None:
    module = build_module(plain(composed("train", f"experiment={name}", "paths.output_dir=somewhere")))
    parameters = sum(parameter.numel() for parameter in module.parameters())
    assert parameters <= 620_234
    told = (CONF_DIR / "experiment" / f"{name}.yaml").read_text() + (PROJECT_ROOT / "README.md").read_text()
    assert f"{parameters:,}" in told


@pytest.mark.parametrize("typed", [[], ["experiment=lesson_mlp"], ["debug=limit", "checks=lr"], ["run=latest"]])
def test_diagnose_composes_as_train_does(typed: list[str], composed: Callable[..., DictConfig]) -> None:
    ours = {"checks", "mute", "budget", "run"}
    config = plain(composed("diagnose", *typed, "paths.output_dir=somewhere"))
    check_values(config)
    check_together(config)
    assert all(rule_for(key) is not None for key in ours)
    others = [word for word in typed if word.partition("=")[0] not in ours]
    trained = plain(composed("train", *others, "paths.output_dir=somewhere"))
    assert {key: value for key, value in config.items() if key not in ours} == trained


def test_eval_composes(composed: Callable[..., DictConfig]) -> None:
    cfg = composed("eval", "checkpoint=x", "paths.output_dir=somewhere")
    assert cfg.data is None
    check_values(plain(cfg))
    check_values(plain(composed("eval", "checkpoint=x", "data=digits", "paths.output_dir=somewhere")))


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_lesson_loop_is_the_lessons(model: str, composed: Callable[..., DictConfig]) -> None:
    cfg = composed("train", f"experiment=lesson_{model}")
    assert cfg.model._target_.lower() == f"digitlab.nets.{model}"
    assert (cfg.optimizer._target_, cfg.optimizer.lr) == ("torch.optim.Adam", 0.001)
    assert (cfg.scheduler._target_, cfg.scheduler.patience) == ("digitlab.schedules.plateau", 3)
    assert cfg.scheduler.monitor == cfg.callbacks.best_checkpoint.monitor == "val/loss"
    assert (cfg.trainer.gradient_clip_val, cfg.trainer.max_epochs) == (1.0, 20)
    assert cfg.callbacks.early_stopping is None


def test_lesson_digit_classifier_is_the_lessons(composed: Callable[..., DictConfig]) -> None:
    cfg = composed("train", "experiment=lesson_digit_classifier")
    assert (cfg.data.dataset, cfg.data.batch_size, cfg.data.eval_batch_size) == ("mnist", 128, 256)
    assert (cfg.data.mean, cfg.data.std, cfg.data.val_share) == (0.1307, 0.3081, None)
    assert (cfg.optimizer._target_, cfg.optimizer.lr, cfg.scheduler) == ("torch.optim.Adam", 0.001, None)
    assert (cfg.trainer.gradient_clip_val, cfg.trainer.max_epochs) == (None, 10)


def test_the_command_line_wins_over_an_experiment(composed: Callable[..., DictConfig]) -> None:
    cfg = composed("train", "experiment=lesson_cnn", "trainer.max_epochs=3", "model=mlp", "data=digits")
    assert (cfg.trainer.max_epochs, cfg.model._target_, cfg.data.dataset) == (3, "digitlab.nets.MLP", "digits")


def test_a_debug_mode_wins_over_an_experiment(composed: Callable[..., DictConfig]) -> None:
    assert composed("train", "experiment=lesson_cnn", "debug=limit").trainer.max_epochs == 2


def test_hydras_own_values_are_used_in_one_place_only() -> None:
    uses = [
        (path.name, line.strip())
        for path in CONF_DIR.rglob("*.yaml")
        for line in path.read_text().splitlines()
        if "${hydra:" in line
    ]
    assert [line.partition(":")[0] for _, line in uses] == ["output_dir", "output_dir"]  # one for each root


def test_monitor_and_mode_are_said_once(composed: Callable[..., DictConfig]) -> None:
    cfg = composed("train", "scheduler=plateau", "monitor=val/acc", "mode=max")
    users = chain(cfg.callbacks.values(), [cfg.scheduler])
    said = {(part.monitor, part.mode) for part in users if part is not None and part.get("mode") is not None}
    assert said == {("val/acc", "max")}


def test_every_file_says_what_it_is_for() -> None:
    for path in CONF_DIR.rglob("*.yaml"):
        if path.parent.name != "paths":
            head = path.read_text().splitlines()[:2]
            assert any(line.startswith("# ") and not line.startswith("# @") for line in head), path
