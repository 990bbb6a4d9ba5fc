"""Batch normalisation: every feature with mean 0 and variance 1 over the batch, then scaled and shifted as learned."""

import numpy as np

from digitlab.baseline.checks import as_floats, as_gradient, number, whole
from digitlab.baseline.module import Array, Module, Parameter


class BatchNorm(Module):
    """y = γ x̂ + β with x̂ = (x - μ) / √(σ² + ε), where μ and σ² are taken over all axes but the second.

    While training μ and σ² come from the batch (σ² divided by n), so each depends on every x. With g = ∂L/∂y and means
    over the same axes, the chain rule through all three places where x occurs gives

        ∂L/∂γ = Σ g x̂        ∂L/∂β = Σ g        ∂L/∂x = γ / √(σ² + ε) · (g - mean(g) - x̂ · mean(g x̂))

    A bias in front of it has no effect and exactly zero gradient, since μ takes it away. In evaluation μ and σ²
    are the running averages, constants, and ∂L/∂x = γ / √(σ² + ε) · g.

    Args:
        num_features: Size of the second axis.
        eps: ε, inside the root; 1e-5 as in the paper and torch.
        momentum: Weight of the new batch in the running averages, torch's sense of the word. The running variance
            takes the batch's with n - 1, as in torch.

    References:
        Ioffe and Szegedy, "Batch normalization: accelerating deep network training", 2015.
    """

    buffers = ("running_mean", "running_var", "num_batches_tracked")
    dimensions: tuple[int, ...]

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        num_features = whole("num_features", num_features)
        self.eps, self.momentum = number("eps", eps), number("momentum", momentum, 0, 1, "[]")
        self.weight = Parameter(np.ones(num_features))
        self.bias = Parameter(np.zeros(num_features))
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)
        self.num_batches_tracked = np.array(0)

    def forward(self, x: Array) -> Array:
        """Return an array like `x`.

        Raises:
            ValueError: For an input of other dimensions or another number of features, or in training for one value per
                feature, which has no variance.
        """
        x = as_floats("x", x)
        if x.ndim not in self.dimensions:
            raise ValueError(f"{type(self).__name__} takes {self.dimensions} dimensions, got shape {x.shape}")
        if x.shape[1] != self.weight.data.size:
            raise ValueError(f"{type(self).__name__} has {self.weight.data.size} features, got shape {x.shape}")
        self.axes = tuple(axis for axis in range(x.ndim) if axis != 1)
        if self.training:
            mean, variance = self._batch_statistics(x)
        else:
            mean, variance = self.running_mean, self.running_var
        self.deviation = np.sqrt(variance + self.eps)
        self.output_shape = x.shape
        self.x_hat = (x - self._across(mean)) / self._across(self.deviation)
        return self._across(self.weight.data) * self.x_hat + self._across(self.bias.data)

    def backward(self, gradient: Array) -> Array:
        """Set the gradients of γ and β and return that of the input."""
        gradient = as_gradient(self, gradient)
        self.weight.grad = (gradient * self.x_hat).sum(axis=self.axes)
        self.bias.grad = gradient.sum(axis=self.axes)
        if self.training:
            count = gradient.size // len(self.bias.grad)
            mean_g, mean_gx = self.bias.grad / count, self.weight.grad / count
            gradient = gradient - self._across(mean_g) - self.x_hat * self._across(mean_gx)
        return self._across(self.weight.data / self.deviation) * gradient

    def _batch_statistics(self, x: Array) -> tuple[Array, Array]:
        """Return the mean and variance of the batch, and move the running ones towards them."""
        count = x.size // x.shape[1]
        if count < 2:
            raise ValueError(f"batch norm needs more than 1 value per feature to train, got shape {x.shape}")
        mean = x.mean(axis=self.axes)
        variance = ((x - self._across(mean)) ** 2).mean(axis=self.axes)
        self.running_mean += self.momentum * (mean - self.running_mean)
        self.running_var += self.momentum * (variance * count / (count - 1) - self.running_var)
        self.num_batches_tracked += 1
        return mean, variance

    def _across(self, values: Array) -> Array:
        """Return `values`, one per feature, shaped to be combined with the batch."""
        return values.reshape(-1, *(1,) * (len(self.axes) - 1))


class BatchNorm1d(BatchNorm):
    """For `(B, C)`, and for `(B, C, L)`."""

    dimensions = (2, 3)


class BatchNorm2d(BatchNorm):
    """For `(B, C, H, W)`."""

    dimensions = (4,)
