"""Formulas as textbooks and lessons write them: right on paper, and in floating point until something overflows."""

import numpy as np

from digitlab.baseline.module import Array


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e⁻ˣ)."""
    return 1 / (1 + np.exp(-x))


def tanh(x: Array) -> Array:
    """Return (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)."""
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


def softmax(x: Array) -> Array:
    """Return e^x / Σ e^x over the last axis."""
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def binary_cross_entropy(logits: Array, target: Array | float) -> Array:
    """Return -[t log p + (1 - t) log(1 - p)] for each logit, with p its sigmoid."""
    p = sigmoid(logits)
    return -(target * np.log(p) + (1 - target) * np.log(1 - p))


def cross_entropy(logits: Array, labels: Array) -> Array:
    """Return -log softmax(logits)[label] for each row of `logits`."""
    return -np.log(softmax(logits)[np.arange(len(labels)), labels])
