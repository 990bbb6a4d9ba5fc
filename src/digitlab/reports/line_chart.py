"""Curves as SVG in the text of a page: no picture file, no script; the colours are those of the page, light or dark."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 360, 220  # of the drawing; shown at about this size on a phone too, so that its text stays readable
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 26, 36  # around the curves
MOST_POINTS = 300  # of a curve; more would not be seen
Point = tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """A curve, or several over the same axes.

    Attributes:
        name: For those who hear the page read, and of which the drawing's own names are made.
        curves: Each a list of points; a value that is no finite number is a gap.
        x_label: What lies to the right, with its unit.
        y_label: What lies upwards.
        logarithmic: Whether the horizontal axis is.
        top: Where the drawing ends upwards; by default at the greatest value.
        marks: Values of x with a vertical line, by the class of its colour.
        levels: Values of y with a horizontal line, likewise.
    """

    name: str
    curves: Sequence[Sequence[Point]]
    x_label: str
    y_label: str
    logarithmic: bool = False
    top: float | None = None
    marks: dict[str, float] = field(default_factory=dict)
    levels: dict[str, float] = field(default_factory=dict)

    def svg(self) -> str:
        """Return the drawing, or nothing if no point can be drawn."""
        points = [point for curve in self.curves for point in curve if self._can_be_drawn(*point)]
        if not points:
            return ""
        marks = {kind: x for kind, x in self.marks.items() if self._can_be_drawn(x, 0.0)}
        xs = [*(x for x, _ in points), *marks.values()]
        ys = [*(y for _, y in points), *self.levels.values()]
        across = _scale(min(xs), max(xs), LEFT, WIDTH - RIGHT, self.logarithmic)
        highest = max(ys) if self.top is None else min(self.top, max(ys))
        low, high = min(0.0, *ys), highest + 0.04 * (highest - min(0.0, *ys))
        upwards = _scale(low, high, HEIGHT - BOTTOM, TOP, False)
        clip = f"clip-{''.join(letter for letter in self.name if letter.isalnum())}"
        parts = [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self.name)}">',
            f'<clipPath id="{clip}"><rect x="{LEFT}" y="{TOP - 4}" width="{WIDTH - LEFT - RIGHT}" '
            f'height="{HEIGHT - TOP - BOTTOM + 5}"/></clipPath>',
            *self._axes((min(xs), max(xs)), (low, high), across, upwards),
            f'<g clip-path="url(#{clip})">',
            *(_line(kind, LEFT, upwards(y), WIDTH - RIGHT, upwards(y)) for kind, y in self.levels.items()),
            *(_line(kind, across(x), TOP, across(x), HEIGHT - BOTTOM) for kind, x in marks.items()),
            *(self._curve(number, curve, across, upwards) for number, curve in enumerate(self.curves)),
            "</g></svg>",
        ]
        return "".join(parts)

    def _can_be_drawn(self, x: float, y: float) -> bool:
        return is_number(x) and is_number(y) and (x > 0 or not self.logarithmic)

    def _curve(
        self, number: int, curve: Sequence[Point], across: Callable[[float], float], upwards: Callable[[float], float]
    ) -> str:
        steps, broken = [], True
        for x, y in thinned(curve):
            if self._can_be_drawn(x, y):
                steps.append(f"{'M' if broken else 'L'}{across(x):.1f} {upwards(y):.1f}")
            broken = not self._can_be_drawn(x, y)
        return f'<path class="curve curve-{number}" d="{"".join(steps)}"/>'

    def _axes(
        self,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        across: Callable[[float], float],
        upwards: Callable[[float], float],
    ) -> Iterator[str]:
        for y in ticks(*y_range):
            yield _line("grid", LEFT, upwards(y), WIDTH - RIGHT, upwards(y))
            yield f'<text class="end" x="{LEFT - 6}" y="{upwards(y) + 4:.1f}">{number_text(y)}</text>'
        for x in decades(*x_range) if self.logarithmic else ticks(*x_range):
            yield f'<text class="middle" x="{across(x):.1f}" y="{HEIGHT - BOTTOM + 15}">{number_text(x)}</text>'
            yield _line("tick", across(x), HEIGHT - BOTTOM, across(x), HEIGHT - BOTTOM + 4)
        yield _line("axis", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM)
        middle = (LEFT + WIDTH - RIGHT) / 2
        yield f'<text class="middle" x="{middle}" y="{HEIGHT - 4}">{escape(self.x_label)}</text>'
        yield f'<text x="2" y="11">{escape(self.y_label)}</text>'


def is_number(value: object) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)


def number_text(value: float) -> str:
    """Return a number in few characters: "0.003", "1e-5", "60,000"."""
    if value != 0 and not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def ticks(low: float, high: float) -> list[float]:
    """Return about four round numbers between two."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Return powers of ten between two numbers, at most six; the numbers themselves if there is but one."""
    powers = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    if len(powers) < 2:
        return [low, high] if high > low else [low]
    return [10.0**power for power in powers[:: 1 + (len(powers) - 1) // 6]]


def thinned(curve: Sequence[Point]) -> list[Point]:
    """Return a curve with few enough points; of those that share a place, the least and the greatest stay."""
    if len(curve) <= MOST_POINTS:
        return list(curve)
    size = math.ceil(2 * len(curve) / MOST_POINTS)
    kept: list[Point] = []
    for start in range(0, len(curve), size):
        part = curve[start : start + size]
        finite = [point for point in part if is_number(point[1])]
        extremes = {min(finite, key=lambda point: point[1]), max(finite, key=lambda point: point[1])} if finite else {}
        kept += sorted(extremes) if finite else [part[0]]
    return kept


def _scale(low: float, high: float, start: float, end: float, logarithmic: bool) -> Callable[[float], float]:
    """Return the function from values to places; all in the middle if there is but one value."""
    place = math.log10 if logarithmic else float
    first, last = place(low), place(high)
    return lambda value: (
        (start + end) / 2 if last == first else start + (place(value) - first) / (last - first) * (end - start)
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
