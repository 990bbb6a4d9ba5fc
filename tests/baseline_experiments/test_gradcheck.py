"""The gradient check as an experiment: all layers pass, the planted faults do not."""

from pathlib import Path

import numpy as np

import digitlab.baseline as baseline
from digitlab.baseline_experiments import gradcheck
from digitlab.baseline_experiments.plots.gradcheck import draw


def test_all_pass_and_faults_are_found(tmp_path: Path) -> None:
    outcome = gradcheck.run(step=1e-5, seed=0)
    assert len(outcome.story.errors) == 20
    assert max(outcome.story.errors.values()) < 1e-7
    assert min(outcome.story.faults.values()) > 0.1
    assert all(bound.kept for bound in outcome.bounds)
    assert draw(outcome.story, tmp_path) == ["gradcheck.png"]
    assert (tmp_path / "gradcheck.png").stat().st_size > 20_000


def test_too_large_a_step_misses_the_bound() -> None:
    assert not gradcheck.run(step=1e-2, seed=0).bounds[0].kept


def test_every_layer_of_the_package_is_checked() -> None:
    from importlib import import_module
    from inspect import getmembers, isabstract, isclass
    from pkgutil import iter_modules

    from digitlab.baseline.module import Module

    modules = [import_module(f"digitlab.baseline.{info.name}") for info in iter_modules(baseline.__path__)]
    known = {
        name
        for module in modules
        for name, member in getmembers(module, isclass)
        if issubclass(member, Module) and not isabstract(member) and name != "BatchNorm"
    }
    checked = {name.partition(",")[0] for name in gradcheck.layers(np.random.default_rng(0))}
    assert checked == known


def test_inputs_stay_away_from_kinks() -> None:
    x = gradcheck.spread_out((2, 2, 6, 6), np.random.default_rng(0))
    values = np.sort(x, axis=None)
    assert np.diff(values).min() > 0.01
    assert np.abs(values).min() > 0.01
