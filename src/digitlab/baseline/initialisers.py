"""First weights: how large they must be for signals to keep their size through many layers.

Each returns a float64 array of `shape`, weights as torch keeps them: `(out, in)` or `(out, in, height, width)`.
`fan_in` counts the inputs of one output value, `fan_out` the outputs that one input value reaches.
"""

import math

import numpy as np

from digitlab.baseline.checks import as_shape, generator
from digitlab.baseline.module import Array


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return `(fan_in, fan_out)` of a weight.

    Raises:
        ValueError: If these are not two or more whole numbers of at least 1.
    """
    shape = as_shape("shape", shape, 2)
    receptive = math.prod(shape[2:])
    return shape[1] * receptive, shape[0] * receptive


def torch_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw from U(-b, b), b = 1 / sqrt(fan_in): what `torch.nn.Linear` and `Conv2d` start with.

    The variance is 1 / (3 fan_in), a sixth of He's: through many ReLU layers signals fade.
    """
    bound = 1 / math.sqrt(fans(shape)[0])
    return generator(rng).uniform(-bound, bound, shape)


def lecun_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw from N(0, 1 / fan_in), which keeps the variance through a linear layer.

    References:
        LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998.
    """
    return generator(rng).normal(0, 1 / math.sqrt(fans(shape)[0]), shape)


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw from U(-b, b), b = sqrt(6 / (fan_in + fan_out)): a compromise between both directions, for tanh.

    References:
        Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    bound = math.sqrt(6 / sum(fans(shape)))
    return generator(rng).uniform(-bound, bound, shape)


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw from N(0, 2 / (fan_in + fan_out)), the same variance as `glorot_uniform`."""
    return generator(rng).normal(0, math.sqrt(2 / sum(fans(shape))), shape)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw from U(-b, b), b = sqrt(6 / fan_in), the same variance as `he_normal`."""
    bound = math.sqrt(6 / fans(shape)[0])
    return generator(rng).uniform(-bound, bound, shape)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw from N(0, 2 / fan_in): twice LeCun's variance, since ReLU removes half of it.

    References:
        He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.
    """
    return generator(rng).normal(0, math.sqrt(2 / fans(shape)[0]), shape)
