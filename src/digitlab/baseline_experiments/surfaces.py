"""Five surfaces over the plane, each hard in its own way, with their gradients.

All take points `(..., 2)`. The minimum of each is 0, so the value is the height that is left.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from digitlab.baseline.module import Array, Parameter
from digitlab.baseline_experiments.rates import Make

Point = tuple[float, float]
STEEPNESS = 100.0  # of the ravine: its curvature across over that along, the condition number
TILT = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)  # turns by 45 degrees, the most foreign to both axes


@dataclass(frozen=True)
class Surface:
    """A function to descend, and where.

    Attributes:
        value: Height at points `(..., 2)`, at least 0.
        gradient: Of the value, shaped as the points.
        minima: Where the height is 0.
        start: Where the race begins.
        spread: Half the sides of the box around `start` from which the starts for tuning are drawn.
        box: What is drawn: left, right, bottom, top.
    """

    value: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    minima: tuple[Point, ...]
    start: Point
    spread: Point
    box: tuple[float, float, float, float]

    def draw_starts(self, count: int, rng: np.random.Generator) -> Array:
        """Return starts for tuning, `(count, 2)`; the race begins at none of them."""
        return np.array(self.start) + rng.uniform(-1, 1, (count, 2)) * self.spread


def rosenbrock(points: Array) -> Array:
    """Return (1 - x)² + 100 (y - x²)²: a bent valley, easy to find and slow to follow."""
    x, y = np.moveaxis(points, -1, 0)
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def rosenbrock_gradient(points: Array) -> Array:
    """Return its gradient."""
    x, y = np.moveaxis(points, -1, 0)
    across = 200 * (y - x**2)
    return np.stack([2 * (x - 1) - 2 * x * across, across], axis=-1)


def beale(points: Array) -> Array:
    """Return Σ_k (c_k - x + x yᵏ)² for k = 1, 2, 3 and c = 1.5, 2.25, 2.625: a plain between steep walls."""
    error, _, _ = _beale_parts(points)
    return (error**2).sum(axis=0)


def beale_gradient(points: Array) -> Array:
    """Return its gradient."""
    error, by_x, by_y = _beale_parts(points)
    return 2 * np.stack([(error * by_x).sum(axis=0), (error * by_y).sum(axis=0)], axis=-1)


def _beale_parts(points: Array) -> tuple[Array, Array, Array]:
    """Return the errors with their derivatives along x and y, each `(3, ...)`."""
    x, y = np.moveaxis(points, -1, 0)
    parts = [(c - x + x * y**k, y**k - 1, k * x * y ** (k - 1)) for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))]
    error, by_x, by_y = (np.stack(part) for part in zip(*parts, strict=True))
    return error, by_x, by_y


def ravine(points: Array) -> Array:
    """Return (x² + 100 y²) / 2: steep across, flat along."""
    x, y = np.moveaxis(points, -1, 0)
    return (x**2 + STEEPNESS * y**2) / 2


def ravine_gradient(points: Array) -> Array:
    """Return its gradient."""
    return points * (1.0, STEEPNESS)


def tilted_ravine(points: Array) -> Array:
    """Return the ravine turned by 45 degrees: the same to GD, but no longer to what has a rate for each axis."""
    return ravine(points @ TILT)


def tilted_ravine_gradient(points: Array) -> Array:
    """Return its gradient."""
    return ravine_gradient(points @ TILT) @ TILT.T


def saddle(points: Array) -> Array:
    """Return x² - y² + y⁴ / 4 + 1: flat at the pass (0, 0), at height 1, with a minimum on either side."""
    x, y = np.moveaxis(points, -1, 0)
    return x**2 + (y**2 / 2 - 1) ** 2


def saddle_gradient(points: Array) -> Array:
    """Return its gradient."""
    x, y = np.moveaxis(points, -1, 0)
    return np.stack([2 * x, y**3 - 2 * y], axis=-1)


ROOT = 2**0.5
SURFACES: dict[str, Surface] = {
    "Rosenbrock": Surface(rosenbrock, rosenbrock_gradient, ((1, 1),), (-1.2, 1.0), (0.2, 0.2), (-1.8, 1.6, -0.7, 2.6)),
    "Beale": Surface(beale, beale_gradient, ((3, 0.5),), (0.8, 1.4), (0.2, 0.2), (-0.5, 4.2, -1.2, 2.0)),
    "saddle": Surface(
        saddle, saddle_gradient, ((0, ROOT), (0, -ROOT)), (1.5, 0.01), (0.5, 0.008), (-2.3, 2.3, -2.1, 2.1)
    ),
    "ravine": Surface(ravine, ravine_gradient, ((0, 0),), (-2.0, 1.0), (0.5, 0.5), (-2.6, 1.4, -2.0, 1.4)),
    "tilted ravine": Surface(
        tilted_ravine, tilted_ravine_gradient, ((0, 0),), (-1.5 * ROOT, -0.5 * ROOT), (0.5, 0.5), (-2.9, 1.4, -2.1, 1.4)
    ),
}


def descend(surface: Surface, make: Make, lr: float, starts: Array, steps: int) -> Array:
    """Return the paths `(steps + 1, ..., 2)` from `starts`, `(..., 2)`, each as if it were alone.

    One parameter holds all points: the optimizers treat every number by itself. What diverges ends at infinity or nan.
    """
    point = Parameter(np.array(starts, dtype=float))
    optimizer = make([point], lr)
    path = [point.data.copy()]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            point.grad = surface.gradient(point.data)
            optimizer.step()
            path.append(point.data.copy())
    return np.array(path)


def heights(surface: Surface, points: Array) -> Array:
    """Return the heights `(...)` at `points`, infinite where a path has diverged."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = surface.value(points)
    return np.where(np.isfinite(values), values, np.inf)
