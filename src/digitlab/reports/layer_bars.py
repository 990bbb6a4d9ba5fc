"""The layers of a network with what was measured in them, as a table with bars; on a phone, a card for each layer."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from digitlab.reports.line_chart import is_number, number_text

LEAST_RATIO = 1e-6  # where the bar of an update-to-weight ratio begins; it ends at 1
Row = Mapping[str, Any]


def layer_bars(rows: Sequence[Row]) -> str:
    """Return the table, with a dash where something was not measured.

    Args:
        rows: `name`, `type`, and numbers or `None`: `activation_mean`, `activation_sd`, `dead`, `saturated`,
            `gradient_norm`, `update_ratio`.
    """
    norms = [row["gradient_norm"] for row in rows if _positive(row.get("gradient_norm"))]
    least, greatest = (min(norms), max(norms)) if norms else (1.0, 1.0)
    columns: tuple[tuple[str, Callable[[Row], str]], ...] = (
        ("activation, mean ± sd", _activation),
        ("dead", lambda row: _share(row.get("dead"))),
        ("saturated", lambda row: _share(row.get("saturated"))),
        ("gradient norm", lambda row: _logarithmic(row.get("gradient_norm"), least / 10, greatest)),
        ("update : weight", lambda row: _logarithmic(row.get("update_ratio"), LEAST_RATIO, 1.0)),
    )
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("layer", *(name for name, _ in columns)))
    body = "".join(
        f'<tr><th scope="row">{escape(str(row.get("name", "")))} <small>{escape(str(row.get("type", "")))}</small></th>'
        + "".join(f'<td data-label="{escape(name)}">{cell(row)}</td>' for name, cell in columns)
        + "</tr>"
        for row in rows
    )
    return f'<table class="layers"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _activation(row: Row) -> str:
    mean, sd = row.get("activation_mean"), row.get("activation_sd")
    if mean is None or sd is None:
        return "–"
    return f"{_text(mean)} ± {_text(sd)}"


def _share(value: float | None) -> str:
    """Return a share of units with a bar as long as it is."""
    if value is None:
        return "–"
    return _with_bar(f"{value:.1%}" if is_number(value) else _text(value), value)


def _logarithmic(value: float | None, low: float, high: float) -> str:
    """Return a number with a bar on a logarithmic scale, empty at `low` and full at `high`."""
    if value is None:
        return "–"
    share = math.log(value / low) / math.log(high / low) if _positive(value) and high > low else 0.0
    return _with_bar(_text(value), share)


def _with_bar(text: str, share: float) -> str:
    full = min(max(share, 0.0), 1.0) if is_number(share) else 0.0
    return f'{escape(text)}<span class="track"><span style="width:{100 * full:.0f}%"></span></span>'


def _text(value: float) -> str:
    return number_text(value) if is_number(value) else "not finite"


def _positive(value: Any) -> bool:
    return is_number(value) and value > 0
