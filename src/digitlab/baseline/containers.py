"""Modules made of modules: one after another, and around a shortcut."""

from collections.abc import Iterator

from digitlab.baseline.checks import as_floats, as_gradient, instance
from digitlab.baseline.module import Array, Module


class Sequential(Module):
    """f_n(... f_2(f_1(x))): forward in order, backward in reverse, which is all there is to backpropagation.

    Args:
        layers: Named "0", "1", ... as torch names them.
        named: Layers with names of their own, to follow: `Sequential(features=..., head=...)`.

    Raises:
        ValueError: If something is not a module, or stands in two places.
    """

    def __init__(self, *layers: Module, **named: Module) -> None:
        self.layers = {str(number): layer for number, layer in enumerate(layers)} | named
        for name, layer in self.layers.items():
            instance(f"layer {name}", layer, Module)
        refuse_repeated(self)

    def __getitem__(self, position: int) -> Module:
        return list(self.layers.values())[position]

    def children(self) -> Iterator[tuple[str, Module]]:
        """Yield the layers in order."""
        return iter(self.layers.items())

    def forward(self, x: Array) -> Array:
        """Return the last layer's output."""
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def backward(self, gradient: Array) -> Array:
        """Pass the gradient back through every layer."""
        for layer in reversed(self.layers.values()):
            gradient = layer.backward(gradient)
        return gradient

    def backward_parameters(self, gradient: Array) -> None:
        """Pass the gradient back to the first layer with parameters, and no further."""
        layers = list(self.layers.values())
        while layers and not layers[0].parameters():
            layers.pop(0)
        for layer in reversed(layers[1:]):
            gradient = layer.backward(gradient)
        if layers:
            layers[0].backward_parameters(gradient)


class Residual(Module):
    """y = body(x) + shortcut(x): the gradient reaches x through the shortcut whatever the body does to it.

    ∂L/∂x = body'(x)ᵀ g + shortcut'(x)ᵀ g.

    Args:
        body: Any module whose output has the shape of the shortcut's.
        shortcut: A module; without one, x itself.

    Raises:
        ValueError: If either is not a module, both share a layer, or their outputs differ in shape.

    References:
        He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016.
    """

    def __init__(self, body: Module, shortcut: Module | None = None) -> None:
        self.body = instance("body", body, Module)
        self.shortcut = instance("shortcut", shortcut, Module, type(None))
        refuse_repeated(self)

    def forward(self, x: Array) -> Array:
        """Return body(x) + shortcut(x)."""
        y = self.body.forward(x)
        around = as_floats("x", x) if self.shortcut is None else self.shortcut.forward(x)
        if y.shape != around.shape:
            raise ValueError(f"Residual needs one shape both ways, got {y.shape} and around it {around.shape}")
        self.output_shape = y.shape
        return y + around

    def backward(self, gradient: Array) -> Array:
        """Return the sum of both ways' gradients."""
        gradient = as_gradient(self, gradient)
        around = gradient if self.shortcut is None else self.shortcut.backward(gradient)
        return self.body.backward(gradient) + around


class Flatten(Module):
    """`(B, C, H, W)` to `(B, C·H·W)`; the gradient takes the way back."""

    def forward(self, x: Array) -> Array:
        """Return `(B, everything else)`."""
        x = as_floats("x", x)
        if x.ndim == 0:
            raise ValueError("Flatten takes a batch (B, ...), got a single number")
        self.input_shape, y = x.shape, x.reshape(len(x), -1)
        self.output_shape = y.shape
        return y

    def backward(self, gradient: Array) -> Array:
        """Return the gradient in the input's shape."""
        return as_gradient(self, gradient).reshape(self.input_shape)


def refuse_repeated(module: Module) -> None:
    """Refuse a layer that stands in two places: it keeps only what its latest forward pass left.

    Raises:
        ValueError: With its name.
    """
    seen: set[int] = set()
    for name, layer in module.modules():
        if id(layer) in seen:
            raise ValueError(f"layer {name.removesuffix('.')} stands in two places; make a {type(layer).__name__} each")
        seen.add(id(layer))
