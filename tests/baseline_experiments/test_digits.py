"""Digits: a real data set to a real accuracy, the same for the same seed."""

from pathlib import Path

import numpy as np
import pytest

from digitlab.baseline_experiments import digits
from digitlab.baseline_experiments.plots.digits import draw
from digitlab.errors import UserError

RECIPE = {"hidden_sizes": [64], "dropout": 0.1, "lr": 0.003, "epochs": 6, "batch_size": 32, "val_share": 0.1}


def test_the_bundled_digits_are_learned(tmp_path: Path) -> None:
    outcome = digits.run(dataset="digits", data_dir="", **RECIPE, seeds=2, seed=0)  # type: ignore[arg-type]
    assert outcome.figures["test/acc"] > 0.94
    assert len(outcome.figures["test/acc_each"]) == 2
    assert [(row["seed"], row["epoch"]) for row in outcome.metrics][5:7] == [(0, 6), (1, 1)]
    assert draw(outcome.story, tmp_path) == ["digits.png"]
    assert (tmp_path / "digits.png").stat().st_size > 20_000
    assert len(outcome.story.guesses) == 360


def test_one_seed_one_result() -> None:
    first, second = (digits.run(dataset="digits", data_dir="", **RECIPE, seeds=1, seed=5) for _ in range(2))  # type: ignore[arg-type]
    assert [row["train/loss"] for row in first.metrics] == [row["train/loss"] for row in second.metrics]
    assert first.figures["test/acc"] == second.figures["test/acc"]


def test_validation_images_are_not_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = digits.fit

    def spy(net, loss, optimizer, x, labels, **rest):  # type: ignore[no-untyped-def]
        seen.append(len(x))
        return real(net, loss, optimizer, x, labels, **rest)

    monkeypatch.setattr(digits, "fit", spy)
    images = np.random.default_rng(0).normal(size=(200, 16)).astype(np.float32)
    digits.train(images, np.arange(200) % 10, digits.Recipe(**{**RECIPE, "val_share": 0.25}), seed=0)  # type: ignore[arg-type]
    assert seen == [150]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"val_share": 0.0001},
            "val_share=0.0001 keeps 0 of 1437 training images .* leaves 1437; .* try val_share=0.1",
        ),
        ({"val_share": 0.9999}, "val_share=0.9999 keeps 1437 of 1437 training images .* leaves 0; "),
        ({"val_share": 0.9995}, "val_share=0.9995 keeps 1436 of 1437 training images .* leaves 1; "),
        ({"batch_size": 2}, "batch_size=2 leaves a last batch of 1 of 1293 training images, .* try batch_size=3"),
    ],
)
def test_what_leaves_nothing_to_learn_or_to_measure_is_refused(changed: dict[str, float], said: str) -> None:
    digits.check(dataset="digits", data_dir="", **RECIPE)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=said):
        digits.check(dataset="digits", data_dir="", **{**RECIPE, **changed})  # type: ignore[arg-type]


@pytest.mark.slow
def test_mnist_passes_its_bound(real_mnist: Path) -> None:
    recipe = {"hidden_sizes": [256, 128], "dropout": 0.3, "lr": 0.001, "epochs": 4, "batch_size": 128}
    outcome = digits.run(dataset="mnist", data_dir=str(real_mnist), **recipe, val_share=1 / 12, seeds=1, seed=42)  # type: ignore[arg-type]
    assert outcome.figures["test/acc"] >= 0.97
