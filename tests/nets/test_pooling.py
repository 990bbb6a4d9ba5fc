"""Pooling has torch's values and gradients to the bit, whichever way they come."""

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.fx import GraphModule
from torch.nn.functional import cross_entropy

from digitlab import nets
from digitlab.nets.layout import is_channels_last
from digitlab.nets.pooling import GlobalAverage, MaxPool

LAYOUTS = [torch.contiguous_format, torch.channels_last]


def both_ways(layer: nn.Module, values: Tensor) -> tuple[Tensor, Tensor]:
    """Return what comes out of a layer, and the gradient that comes back where each output has its own weight."""
    images = values.clone().requires_grad_()
    results = layer(images)
    torch.manual_seed(1)
    results.backward(torch.randn_like(results))
    assert images.grad is not None
    return results, images.grad


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(4, 128, 7, 7), (3, 5, 4, 6), (2, 3, 1, 1), (1, 16, 7, 7)])
def test_global_average_is_torchs_to_the_bit(
    shape: tuple[int, ...], layout: torch.memory_format, precision: torch.dtype
) -> None:
    values = torch.randn(shape, dtype=precision).to(memory_format=layout)
    for ours, theirs in zip(
        both_ways(GlobalAverage(), values), both_ways(nn.AdaptiveAvgPool2d(1), values), strict=True
    ):
        assert ours.shape == theirs.shape
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("shape", "size"), [((4, 32, 28, 28), 2), ((3, 5, 7, 9), 2), ((2, 3, 10, 8), 3), ((1, 1, 2, 2), 2)]
)
def test_max_pool_is_torchs_to_the_bit(
    shape: tuple[int, ...], size: int, layout: torch.memory_format, precision: torch.dtype, ties: bool
) -> None:
    values = torch.randn(shape).mul(2).round() if ties else torch.randn(shape)
    values = values.to(precision, memory_format=layout)
    for ours, theirs in zip(both_ways(MaxPool(size), values), both_ways(nn.MaxPool2d(size), values), strict=True):
        assert ours.shape == theirs.shape
        assert is_channels_last(ours) is is_channels_last(theirs)
        assert torch.equal(ours, theirs)


def test_max_pool_puts_gradients_where_it_pays() -> None:
    def way(images: Tensor) -> str:
        return type(MaxPool(2)(images).grad_fn).__name__

    assert way(torch.zeros(1, 2, 4, 4, dtype=torch.bfloat16, requires_grad=True)) == "_LargestBackward"
    assert way(torch.zeros(1, 2, 4, 4, requires_grad=True)) == "MaxPool2DWithIndicesBackward0"


def test_compiled_code_pools_in_its_own_way() -> None:
    called: list[str] = []

    def keep(graph: GraphModule, _inputs: list[Tensor]) -> Callable[..., object]:
        called.extend(str(node.target) for node in graph.graph.nodes if node.op == "call_function")
        return graph.forward

    torch.compile(MaxPool(2), backend=keep)(torch.zeros(1, 2, 4, 4, dtype=torch.bfloat16, requires_grad=True))
    assert called
    assert not any("autograd_function" in target for target in called)


@pytest.fixture
def only_determined() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.usefixtures("only_determined")
@pytest.mark.parametrize("name", nets.__all__)
def test_nets_learn_with_determined_algorithms_alone(name: str) -> None:
    net = getattr(nets, name)()
    with torch.autocast("cpu", torch.bfloat16):
        cross_entropy(net(torch.randn(4, 1, 28, 28)), torch.arange(4)).backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in net.parameters())
