"""The functions for notebooks: what is typed behind them is obeyed."""

from types import SimpleNamespace
from typing import Any

import pytest

from digitlab import notebook


@pytest.mark.parametrize(
    ("overrides", "trust", "expected"),
    [
        ([], None, None),
        (["trust=mine"], None, "mine"),
        (["trust=mine"], "other", "other"),
        ([], ["a", "b"], ["a", "b"]),
    ],
)
def test_an_evaluation_trusts_what_is_typed_or_given(
    overrides: list[str], trust: Any, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []

    def prepare(command: str, settings: dict[str, Any]) -> Any:
        seen.append(settings)
        return SimpleNamespace(module=None, datamodule=None, trainer=None)

    monkeypatch.setattr(notebook, "prepare", prepare)
    monkeypatch.setattr(notebook.evaluating, "evaluate", lambda *parts: {})
    notebook.evaluate("some.ckpt", *overrides, trust=trust)
    assert (seen[0]["trust"], seen[0]["checkpoint"]) == (expected, "some.ckpt")
