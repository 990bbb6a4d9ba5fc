"""First weights: torch's own, or drawn so that signals keep their size through many layers."""

from collections.abc import Callable

from torch import Tensor, nn

from digitlab.nets.activations import gain_of


def kaiming(weight: Tensor, gain: float) -> None:
    """Draw from N(0, gain² / fan_in), which keeps the size of the signal on the way forward.

    References:
        He and others, "Delving Deep into Rectifiers", 2015.
    """
    fan_in = weight[0].numel()
    nn.init.normal_(weight, std=gain / fan_in**0.5)


def xavier(weight: Tensor, gain: float) -> None:
    """Draw from N(0, 2 gain² / (fan_in + fan_out)): a compromise between forward and backward.

    References:
        Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    nn.init.xavier_normal_(weight, gain)


INITS: dict[str, Callable[[Tensor, float], None] | None] = {"torch": None, "kaiming": kaiming, "xavier": xavier}


def initialise(net: nn.Module, init: str, activation: str) -> None:
    """Draw the weights of all linear and convolutional layers but the last anew, and set their biases to 0.

    The last one gives the logits; no activation follows it, and with torch's own weights the first loss stays near
    that of guessing.

    Args:
        net: The network.
        init: "torch" leaves everything as it is, to the bit: U(-b, b) with b = 1 / sqrt(fan_in), whose variance is a
            sixth of what ReLU needs. "kaiming" or "xavier" draw with the gain of the activation.
        activation: What follows the layers.

    Raises:
        ValueError: If `init` is none of these.
    """
    if init not in INITS:
        raise ValueError(f"init must be one of {', '.join(INITS)}, got {init}")
    draw = INITS[init]
    if draw is None:
        return
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    for layer in layers[:-1]:
        draw(layer.weight, gain_of(activation))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
