"""What a layer is: a forward pass, a backward pass, and arrays that are learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from digitlab.baseline.checks import as_equals, as_floats, flag, float_type, instance

Array = NDArray[Any]


class Parameter:
    """An array to be learned, and beside it the gradient of the loss with respect to it.

    Args:
        data: First values, copied. Integers and lists become float64: in an array of integers no step would be seen.
    """

    def __init__(self, data: Array) -> None:
        self._data = np.array(as_floats("data", data), order="C")
        self._grad = np.zeros_like(self._data)

    @property
    def data(self) -> Array:
        """The values, float, C-contiguous. Assigned values are copied into this array, which optimizers write to."""
        return self._data

    @data.setter
    def data(self, values: Array) -> None:
        self._data[...] = as_equals(data=self._data, values=values)[1]

    @property
    def grad(self) -> Array:
        """The gradient, shaped like `data`. A backward pass replaces it and never adds to it: nothing to zero."""
        return self._grad

    @grad.setter
    def grad(self, gradient: Array) -> None:
        self._grad = as_equals(data=self._data, grad=gradient)[1]

    def astype(self, dtype: DTypeLike) -> None:
        """Convert values and gradient to another float type."""
        dtype = float_type("dtype", dtype)
        self._data, self._grad = self._data.astype(dtype), self._grad.astype(dtype)


class Module(ABC):
    """A differentiable function with parameters.

    `forward` keeps what `backward` will need, so a backward pass belongs to the latest forward pass, and what
    went in and came out must not be changed in between.

    Attributes:
        training: Whether dropout drops and batch norm uses the statistics of the batch.
        output_shape: Of the latest forward pass, which a gradient must have; `None` before the first.
        buffers: Names of the arrays that belong to the state but are not learned.
    """

    training = True
    output_shape: tuple[int, ...] | None = None
    buffers: tuple[str, ...] = ()

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Return the layer's output for the batch `x`, `(B, ...)`."""

    @abstractmethod
    def backward(self, gradient: Array) -> Array:
        """Set the gradient of every parameter and return the gradient with respect to the input.

        Args:
            gradient: Of the loss with respect to this layer's output, in the output's shape.
        """

    def backward_parameters(self, gradient: Array) -> None:
        """Set the gradient of every parameter, which is all that a net's first layer is asked for."""
        self.backward(gradient)

    def __call__(self, x: Array) -> Array:
        """Return `forward(x)`."""
        return self.forward(x)

    def children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules that this one is made of, with their names."""
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Module))

    def modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module and all below it, with the prefix that torch puts before the names of their arrays."""
        yield prefix, self
        for name, child in self.children():
            yield from child.modules(f"{prefix}{name}.")

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters with the names that torch gives them: `features.0.weight`."""
        for prefix, module in self.modules():
            for name, value in vars(module).items():
                if isinstance(value, Parameter):
                    yield prefix + name, value

    def parameters(self) -> list[Parameter]:
        """Return all that is learned."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_buffers(self) -> Iterator[tuple[str, Array]]:
        """Yield the state that is not learned, likewise named."""
        for prefix, module in self.modules():
            for name in module.buffers:
                yield prefix + name, getattr(module, name)

    def state_dict(self) -> dict[str, Array]:
        """Return a copy of all parameters and buffers under torch's names."""
        state = {name: parameter.data.copy() for name, parameter in self.named_parameters()}
        return state | {name: buffer.copy() for name, buffer in self.named_buffers()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy arrays, or torch's CPU tensors, into the parameters and buffers of the same names.

        Raises:
            ValueError: If a name is missing or unknown, a shape differs, or a value is not a number; then nothing has
                been copied.
        """
        instance("state", state, Mapping)
        own = {name: parameter.data for name, parameter in self.named_parameters()} | dict(self.named_buffers())
        if own.keys() != state.keys():
            raise ValueError(
                f"names must be the same on both sides; they differ in {sorted(own.keys() ^ state.keys())}"
            )
        values = {name: as_floats(name, state[name]) for name in own}
        for name, array in own.items():
            if values[name].shape != array.shape:
                raise ValueError(f"{name} must have shape {array.shape}, got {values[name].shape}")
        for name, array in own.items():
            array[...] = values[name]

    def train(self, mode: bool = True) -> Module:
        """Set this module and all below it to training, or with `mode=False` to evaluation."""
        mode = flag("mode", mode)
        for _, module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Set this module and all below it to evaluation."""
        return self.train(False)

    def astype(self, dtype: DTypeLike) -> Module:
        """Convert parameters and float buffers; float32 halves the bytes and doubles the speed of a matrix product."""
        dtype = float_type("dtype", dtype)
        for _, module in self.modules():
            for name, value in vars(module).items():
                if isinstance(value, Parameter):
                    value.astype(dtype)
                elif name in module.buffers and value.dtype.kind == "f":
                    setattr(module, name, value.astype(dtype))
        return self
