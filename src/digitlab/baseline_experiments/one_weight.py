"""The smallest fit there is: one weight w of y = w x + noise, one sample a step."""

from dataclasses import dataclass

import numpy as np

from digitlab.baseline.module import Array, Parameter
from digitlab.baseline_experiments.rates import Make

TRUE_WEIGHT = 2.0  # the first guess is 0


@dataclass(frozen=True)
class Samples:
    """What a weight learns from: one sample `(x, y)` a step, other samples for each seed; both `(steps, seeds)`."""

    x: Array
    y: Array

    def in_units(self, factor: float) -> "Samples":
        """Return the same samples measured in a unit that is smaller by `factor`; the true weight stays."""
        return Samples(self.x * factor, self.y * factor)


def draw(noise: float, steps: int, seeds: int, rng: np.random.Generator) -> Samples:
    """Return samples of y = w* x + noise with x from U(-1, 1)."""
    x = rng.uniform(-1, 1, (steps, seeds))
    return Samples(x, TRUE_WEIGHT * x + rng.normal(0, noise, x.shape))


def errors(make: Make, lr: float, samples: Samples) -> Array:
    """Return |w - w*| before the first and after each step, `(steps + 1, seeds)`; infinite where it diverged.

    The loss is (w x - y)². One parameter holds the weights of all seeds: the optimizers treat every number by itself.
    """
    weight = Parameter(np.zeros(samples.x.shape[1]))
    optimizer = make([weight], lr)
    path = [weight.data.copy()]
    with np.errstate(over="ignore", invalid="ignore"):
        for x, y in zip(samples.x, samples.y, strict=True):
            weight.grad = 2 * (weight.data * x - y) * x
            optimizer.step()
            path.append(weight.data.copy())
    distance = np.abs(np.array(path) - TRUE_WEIGHT)
    return np.where(np.isfinite(distance), distance, np.inf)


def settling(distance: Array, tolerance: float) -> Array:
    """Return for each seed the first step after which the distance stays within the tolerance.

    Args:
        distance: `(steps + 1, seeds)`.
        tolerance: Above 0.
    """
    outside = distance > tolerance
    return (np.arange(1, len(outside) + 1)[:, None] * outside).max(axis=0)
