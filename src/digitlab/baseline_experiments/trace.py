"""One step, shown whole: what goes into each layer, what comes out, and what comes back."""

import numpy as np

from digitlab.baseline.containers import Sequential
from digitlab.baseline.fit import Loss
from digitlab.baseline.module import Array
from digitlab.baseline_experiments.outcome import Table


def trace_step(net: Sequential, loss: Loss, x: Array, target: Array) -> tuple[list[Table], float]:
    """Return a table of the forward and one of the backward pass, with every shape and value, and the loss.

    Args:
        net: A stack of layers.
        loss: Returns value and gradient.
        x: A batch small enough to be read.
        target: What the loss takes.
    """
    forward = [("input x", *_shown(x))]
    for name, layer in net.children():
        forward += [(f"{name} {parameter}", *_shown(value.data)) for parameter, value in layer.named_parameters()]
        x = layer.forward(x)
        forward.append((f"{name} {type(layer).__name__} y", *_shown(x)))
    value, gradient = loss(x, target)
    forward += [("target", *_shown(target)), ("loss", "()", f"{value:.4f}")]
    backward = [("∂loss/∂y", *_shown(gradient))]
    for name, layer in reversed(list(net.children())):
        gradient = layer.backward(gradient)
        parameters = layer.named_parameters()
        backward += [(f"{name} ∂loss/∂{parameter}", *_shown(value.grad)) for parameter, value in parameters]
        backward.append((f"{name} {type(layer).__name__} ∂loss/∂x", *_shown(gradient)))
    columns = ("what", "shape", "values")
    return [Table("Forward", columns, forward), Table("Backward", columns, backward)], value


def _shown(array: Array) -> tuple[str, str]:
    return str(array.shape), np.array2string(
        array, precision=3, suppress_small=True, floatmode="fixed", max_line_width=95
    )
