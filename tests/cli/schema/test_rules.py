"""The rules: each bound, from both sides."""

from typing import Any

import pytest

from digitlab.cli.schema.combinations import check_together
from digitlab.cli.schema.rules import KINDS, RULES, check_values, rule_for, value_faults
from digitlab.errors import UserError


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("seed", [0, 42, 2**32 - 1], [-1, 2**32, 1.0, "1", None, True]),
        ("data.batch_size", [1, 128], [0, -1, 1.5, "abc", None]),
        ("data.val_share", [0.5, 1 / 12, None], [0, 1, 1.5, -0.1, "x", True]),
        ("data.dataset", ["mnist", "digits"], ["mnits", 3, None]),
        ("data.classes", [[5, 6], ["cat", "dog"], None], ["cat", 5, [1.5], [-1], [True]]),
        ("data.labels_per_class", [1, 50, None], [0, -1, 1.5, "all", True]),
        ("data.labels_seed", [0, 7], [-1, None, "a"]),
        ("callbacks.finetuning.unfreeze_at_epoch", [0, 3, None], [-1, 0.5, True, "never"]),
        ("callbacks.finetuning.lr_factor", [1, 0.1], [0, 1.5, None, "small"]),
        ("callbacks.finetuning.head", ["fc", None], ["", 5]),
        ("finetuning.head", ["fc", ""], [None, 5, ["fc"]]),
        ("data.std", [0.1], [0, -1, float("inf"), float("nan")]),
        ("model.dropout", [0, 0.0, 0.99], [1, 1.0, -0.1, "a"]),
        ("model.hidden_sizes", [[], [256, 128]], [256, [0], ["a"], None]),
        ("model.channels", [[1, 2, 3], [24, 32]], [[1, 2, 0], 3]),
        ("model.depth", [8, 20, 1202], [2, 7, 21, 1208, 20.0, "20", None, True]),
        ("model.activation", ["relu", "leaky_relu"], ["ReLU", None, 3]),
        ("model.norm", ["batch", None], ["layer", True, ""]),
        ("model.init", ["torch", "kaiming", "xavier"], ["he", None]),
        ("optimizer.lr", [1, 1e-9], [0, -1, "fast", None, float("nan")]),
        ("optimizer.betas", [[0, 0.999]], [[0.9], [0.9, 1.0], 0.9]),
        ("scheduler.patience", [0, 3], [-1, 1.5]),
        ("trainer.accelerator", ["auto", "gpu"], ["gpuu", None, 1]),
        ("trainer.devices", [1, "auto", [0, 1]], [0, "two"]),
        ("trainer.max_epochs", [1, -1], [0, -2, None]),
        ("trainer.gradient_clip_val", [1.0, 2, None], [0, -1]),
        ("trainer.limit_train_batches", [1.0, 0.1, 10], [0, 0.0, 1.5, -1, True]),
        ("trainer.max_steps", [7, -1], [0, None]),
        ("trainer.precision", ["32-true", 32, "64-true"], [8, "half"]),
        ("monitor", ["val/loss", "val/mine"], ["", None]),
    ],
)
def test_bounds(key: str, good: list[Any], bad: list[Any]) -> None:
    rule = rule_for(key)
    assert rule is not None
    for value in good:
        assert rule.accepts(value), value
    for value in bad:
        assert not rule.accepts(value), value


def test_each_key_has_one_rule() -> None:
    assert len(RULES) == sum(len(keys.split()) for _, keys in KINDS)


FINETUNING = {"_target_": "digitlab.callbacks.finetuning.Finetuning"}


def nested(key: str, value: Any) -> dict[str, Any]:
    head, _, rest = key.partition(".")
    return {head: nested(rest, value) if rest else value}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("data.batch_size", 0, r"^data\.batch_size must be a whole number in 1\.\.1000000, got 0$"),
        ("data.dataset", "mnits", r"^data\.dataset must be one of digits, mnist.*, got mnits; did you mean mnist\?$"),
        ("data.val_share", 2, r"^data\.val_share must be a number in \(0, 1\) or null, got 2$"),
        ("seed", None, r"^seed must be a whole number in 0\.\.4294967295, got null$"),
    ],
)
def test_refusals_name_key_range_and_value(key: str, value: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_values(nested(key, value))


def training(**changes: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration in which everything goes together, then changed."""
    config: dict[str, Any] = {
        "data": {
            "_target_": "digitlab.datamodule.DigitDataModule",
            "num_classes": 10,
            "val_share": 0.1,
            "batch_size": 32,
            "shuffle": True,
        },
        "model": {"_target_": "digitlab.nets.MLP", "input_size": 784, "num_classes": 10, "hidden_sizes": [8]},
        "metrics": {"acc": {}},
        "optimizer": {"momentum": 0.9, "nesterov": True},
        "scheduler": {"monitor": "val/loss"},
        "trainer": {"max_epochs": 1},
        "logger": {"csv": {}},
        "callbacks": {"best": {"monitor": "val/loss"}},
    }
    merged: dict[str, Any] = {name: {**section, **changes.get(name, {})} for name, section in config.items()}
    return {**merged, "monitor": "val/loss", "mode": "min", **changes.get("top", {})}


def test_what_goes_together_passes() -> None:
    check_together(training())
    check_together(
        training(data={"val_share": None}, scheduler={"monitor": "train/loss"}, callbacks={"best": {"monitor": None}})
    )
    check_together(training(data={"batch_size": 1}, model={"hidden_sizes": []}))
    check_together(training(callbacks={"finetuning": FINETUNING}, top={"init_from": "run"}))
    check_together(training(callbacks={"finetuning": {"_target_": "mine.Finetuning", "unfreeze_at_epoch": 9}}))
    check_together(training(data={"batch_size": 1}, model={"norm": None}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": {"input_size": 100}}, r"model\.input_size must be 784"),
        ({"model": {"num_classes": 47}}, r"model\.num_classes must equal data\.num_classes, which is 10, got 47"),
        ({"optimizer": {"momentum": 0}}, r"optimizer\.nesterov=true needs optimizer\.momentum above 0"),
        ({"data": {"batch_size": 1}}, r"data\.batch_size must be at least 2 for the MLP"),
        ({"model": {"channels": [1, 2]}}, r"model\.channels must be three numbers for this network, got \[1, 2\]"),
        ({"model": {"channels": [1, 2], "depths": [1]}}, r"model\.depths must have one number for each .* got \[1\]"),
        ({"model": {"hidden_size": 0}}, r"model\.hidden_size must be a whole number of at least 1 .* got 0"),
        (
            {"trainer": {"precision": "16-mixed", "gradient_clip_val": 1.0}, "optimizer": {"fused": True}},
            r"trainer\.precision=16-mixed cannot clip .* add optimizer\.fused=false",
        ),
        ({"top": {"monitor": "val/f1"}}, r"monitor must be one of train/loss, .* got val/f1"),
        ({"scheduler": {"monitor": "loss"}}, r"scheduler\.monitor must be one of .* got loss"),
        ({"trainer": {"limit_val_batches": 0}}, r"trainer\.limit_val_batches=0 leaves no validation part"),
        ({"trainer": {"overfit_batches": 1}}, r"trainer\.overfit_batches needs data\.shuffle=false"),
        (
            {"logger": {"csv": None}, "callbacks": {"learning_rate_monitor": {"logging_interval": None}}},
            r"callbacks\.learning_rate_monitor has no logger",
        ),
        (
            {"callbacks": {"tuning": FINETUNING}},
            r"callbacks\.tuning begins with trained weights; add init_from=<a chec",
        ),
        (
            {"callbacks": {"f": {**FINETUNING, "unfreeze_at_epoch": 1}}, "top": {"init_from": "run"}},
            r"callbacks\.f\.unfreeze_at_epoch must be below trainer\.max_epochs, which is 1, got 1; null never",
        ),
        ({"data": {"val_share": None}}, r"data\.val_share=null .* scheduler\.monitor=val/loss .* scheduler=none"),
        (
            {"data": {"val_share": None}, "scheduler": {"monitor": "train/loss"}},
            r"callbacks\.best\.monitor=val/loss needs one; add callbacks=no_validation",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_together(training(**changes))


def test_a_section_may_not_be_missing() -> None:
    config = training()
    config["optimizer"] = None
    with pytest.raises(UserError, match="optimizer=null leaves nothing to train with"):
        check_together(config)


def test_all_wrong_values_are_listed() -> None:
    config = {"seed": -1, "data": {"batch_size": 64, "val_share": 2}, "optimizer": {"lr": 0}}
    assert value_faults(config) == [
        "seed must be a whole number in 0..4294967295, got -1",
        "data.val_share must be a number in (0, 1) or null, got 2",
        "optimizer.lr must be a number above 0, got 0",
    ]
    with pytest.raises(UserError) as refusal:
        check_values(config)
    assert str(refusal.value).splitlines() == value_faults(config)


def test_all_wrong_combinations_are_listed() -> None:
    config = training(data={"val_share": None}, model={"input_size": 100}, top={"monitor": "loss"})
    with pytest.raises(UserError) as refusal:
        check_together(config)
    faults = str(refusal.value).splitlines()
    assert [fault.partition(" ")[0] for fault in faults] == [
        "model.input_size", "monitor", "data.val_share=null", "data.val_share=null",
    ]  # fmt: skip
    assert [fault.rpartition(" ")[2] for fault in faults[2:]] == ["scheduler=none", "callbacks=no_validation"]


@pytest.mark.parametrize(
    ("key", "value"), [("seed", "7"), ("optimizer.lr", "0.1"), ("test", "true"), ("data.val_share", "null")]
)
def test_a_text_that_would_do_as_a_value(key: str, value: str) -> None:
    with pytest.raises(UserError) as refusal:
        check_values({key: value})
    assert f"got {value} as text; type {key}={value} without quotes, or {key}=$NAME" in str(refusal.value)
    assert "${oc.decode:${oc.env:NAME}}" in str(refusal.value)
