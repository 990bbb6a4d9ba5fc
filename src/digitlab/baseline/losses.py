"""How wrong a prediction is, and which way is less wrong.

Each loss is a pure function that returns `(value, gradient)`: the mean as a float, and its gradient with respect to the
first argument, in that argument's shape. Arguments of other shapes or labels out of range are a `ValueError`. All three
gradients of the lesson's pairs of output and loss come out as
(prediction - target) / count.
"""

import numpy as np

from digitlab.baseline.activations import sigmoid
from digitlab.baseline.checks import as_equals, as_floats, as_labels
from digitlab.baseline.module import Array


def mse(prediction: Array, target: Array) -> tuple[float, Array]:
    """Return the mean of (prediction - target)² over all values, as torch does: over outputs too, not only examples.

    ∂L/∂p = 2 (p - t) / count. Linear output assumed; the factor 2 stays.
    """
    prediction, target = as_equals(prediction=prediction, target=target)
    error = prediction - target
    return float(np.mean(error**2)), 2 * error / error.size


def binary_cross_entropy(logits: Array, target: Array) -> tuple[float, Array]:
    """Return the mean of -[t log p + (1 - t) log(1 - p)] with p = sigmoid(logit), computed from the logits.

    With log p = -log(1 + e⁻ˣ) this is max(x, 0) - x t + log(1 + e^-|x|), finite for every finite x, and
    ∂L/∂x = (p - t) / count.

    Args:
        logits: Of any shape.
        target: In [0, 1], same shape.
    """
    logits, target = as_equals(logits=logits, target=target)
    if not (target.min() >= 0 and target.max() <= 1):
        raise ValueError(f"target must be in [0, 1], got {target.min():g} to {target.max():g}")
    values = np.maximum(logits, 0) - logits * target + np.log1p(np.exp(-np.abs(logits)))
    return float(np.mean(values)), (sigmoid(logits) - target) / logits.size


def cross_entropy(logits: Array, labels: Array) -> tuple[float, Array]:
    """Return the mean of -log softmax(logits)[label], computed from the logits.

    log softmax(x)_i = x_i - m - log Σ_j e^(x_j - m) with m the largest logit. With one-hot targets t,
    ∂L/∂x = (softmax(x) - t) / B. Logits that are all equal give ln C: what an untrained net of C classes costs.

    Args:
        logits: `(B, C)`.
        labels: int `(B,)`, in 0..C-1.
    """
    logits = as_floats("logits", logits)
    if logits.ndim != 2:
        raise ValueError(f"logits must have shape (B, C), got {logits.shape} of {logits.dtype}")
    labels = as_labels(labels, *logits.shape)
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    z = np.exp(shifted)
    total = z.sum(axis=1)
    gradient = z / total[:, None]  # softmax
    gradient[rows, labels] -= 1
    return float(np.mean(np.log(total) - shifted[rows, labels])), gradient / len(labels)
