"""Autograd: our gradients are torch's, and a moved weight has none."""

from pathlib import Path

import numpy as np
import torch

from digitlab.baseline_experiments import autograd
from digitlab.baseline_experiments.plots.autograd import draw


def test_gradients_agree_and_the_moved_weight_loses_its(tmp_path: Path) -> None:
    outcome = autograd.run(batch_size=16, seed=0)
    assert all(bound.kept for bound in outcome.bounds)
    assert outcome.figures["mlp_gradients"] == 235_914
    assert outcome.figures["mlp_relative_error"] < 1e-12
    assert [(leaf, has) for _, leaf, has in outcome.story.moved] == [(False, False), (True, True), (True, True)]
    assert np.abs(outcome.story.torchs).max() > 0
    assert draw(outcome.story, tmp_path) == ["autograd.png"]
    assert (tmp_path / "autograd.png").stat().st_size > 20_000


def test_the_fault_sleeps_where_nothing_is_moved() -> None:
    weight = torch.randn(3, 4, requires_grad=True)
    assert weight.to("cpu") is weight  # so the lesson's line does no harm on a machine without a GPU
    assert not weight.to("meta").is_leaf
