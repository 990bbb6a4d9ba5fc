"""Modules made of modules: one after another, and around a shortcut."""

from collections.abc import Iterator

from digitlab.baseline.module import Array, Module


class Sequential(Module):
    """f_n(... f_2(f_1(x))): forward in order, backward in reverse, which is all there is to backpropagation.

    Args:
        layers: Named "0", "1", ... as torch names them.
        named: Layers with names of their own, to follow: `Sequential(features=..., head=...)`.
    """

    def __init__(self, *layers: Module, **named: Module) -> None:
        self.layers = {str(number): layer for number, layer in enumerate(layers)} | named

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
        while len(layers) > 1 and not layers[0].parameters():
            layers.pop(0)
        for layer in reversed(layers[1:]):
            gradient = layer.backward(gradient)
        layers[0].backward_parameters(gradient)


class Residual(Module):
    """y = body(x) + shortcut(x): the gradient reaches x through the shortcut whatever the body does to it.

    ∂L/∂x = body'(x)ᵀ g + shortcut'(x)ᵀ g.

    Args:
        body: Any module whose output has the shape of the shortcut's.
        shortcut: A module; without one, x itself.

    References:
        He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016.
    """

    def __init__(self, body: Module, shortcut: Module | None = None) -> None:
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Array) -> Array:
        """Return body(x) + shortcut(x)."""
        return self.body.forward(x) + (x if self.shortcut is None else self.shortcut.forward(x))

    def backward(self, gradient: Array) -> Array:
        """Return the sum of both ways' gradients."""
        around = gradient if self.shortcut is None else self.shortcut.backward(gradient)
        return self.body.backward(gradient) + around


class Flatten(Module):
    """`(B, C, H, W)` to `(B, C·H·W)`; the gradient takes the way back."""

    def forward(self, x: Array) -> Array:
        """Return `(B, everything else)`."""
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, gradient: Array) -> Array:
        """Return the gradient in the input's shape."""
        return gradient.reshape(self.shape)
