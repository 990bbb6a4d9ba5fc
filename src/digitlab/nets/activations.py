"""Activations by name, and the gain that the weights in front of each need."""

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
# 1 / sqrt(mean of f(z)²) for z of N(0, 1), which keeps the size of a signal; for those that torch's `calculate_gain`
# does not know. With gelu and silu the balance is not stable: over 20 layers signals grew 4 and 18 times.
GAINS = {"elu": 1.2453, "gelu": 1.5335, "silu": 1.6765}


def new_activation(name: str) -> nn.Module:
    """Return a new activation with torch's own settings (a slope of 0.01 for `leaky_relu`).

    Args:
        name: A key of `ACTIVATIONS`; torch's name of the function.

    Raises:
        ValueError: If there is none of this name.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {name}")
    return ACTIVATIONS[name]()


def gain_of(name: str) -> float:
    """Return what the standard deviation of weights is multiplied with in front of an activation.

    Those of relu, leaky_relu, tanh and sigmoid are torch's. Sigmoid's is 1: its outputs are not centred, and no gain
    keeps both the signal and the gradient.
    """
    return GAINS[name] if name in GAINS else nn.init.calculate_gain(name)  # type: ignore[arg-type]
