"""The table of layers: every number, and a dash where there is none."""

import re

from digitlab.reports.layer_bars import layer_bars
from support.diagnoses import LAYERS


def widths(table: str) -> list[int]:
    return [int(width) for width in re.findall(r'style="width:(\d+)%"', table)]


def test_every_number_is_there() -> None:
    table = layer_bars(LAYERS)
    for text in ("features.0", "Conv2d", "0.012 ± 1.31", "41.0%", "97.0%", "1.7e-8", "0.0012", "12,346 ± 99"):
        assert text in table, text
    assert "<b>4" not in table
    assert table.count("–") == 5


def test_bars_are_as_long_as_what_they_show() -> None:
    rows = [{"name": "a", "dead": 0.25, "gradient_norm": 1.0, "update_ratio": 1e-3},
            {"name": "b", "dead": 1.0, "gradient_norm": 0.1, "update_ratio": 1e-9}]  # fmt: skip
    assert widths(layer_bars(rows)) == [25, 100, 50, 100, 50, 0]


def test_odd_numbers_are_said() -> None:
    rows = [{"name": "a", "dead": float("nan"), "gradient_norm": float("inf"), "update_ratio": 0.0,
             "activation_mean": float("nan"), "activation_sd": 1.0}]  # fmt: skip
    table = layer_bars(rows)
    assert "not finite ± 1" in table
    assert widths(table) == [0, 0, 0]


def test_an_empty_network() -> None:
    assert "<tbody></tbody>" in layer_bars([])
