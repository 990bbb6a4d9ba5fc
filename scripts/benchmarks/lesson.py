"""The lesson's own program, as its reader would run it: the other side of the comparisons, and of no other use.

    python -m benchmarks.lesson --model cnn --epochs 3        (with scripts and src on PYTHONPATH)

torchvision's MNIST image by image through ToTensor and Normalize, four worker processes, batch 128, Adam at 1e-3, plain
float32, and the test set after each epoch. Only what a comparison needs has been added: the choice of one of our three
networks of the lesson, the seed of its weights, clocks, and a stop at a test accuracy.
"""

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from benchmarks.meter import memory_now
from digitlab.nets import CNN, MLP, DigitClassifier
from digitlab.nets.pooling import GlobalAverage, MaxPool

NETS: dict[str, Callable[[], nn.Module]] = {"mlp": MLP, "cnn": CNN, "digit_classifier": DigitClassifier}
WORKERS = 4


class Epoch(NamedTuple):
    """What came of one epoch.

    Attributes:
        training_seconds: Of the loop over the batches, with the start of its workers.
        evaluation_seconds: Of the loop over the test set, likewise.
        accuracy: On the test set, in [0, 1].
    """

    training_seconds: float
    evaluation_seconds: float
    accuracy: float


def new_net(model: str, seed: int) -> nn.Module:
    """Return one of the lesson's networks with the weights that digitlab gives it for this seed.

    Its layers are the lesson's own, torch's, and in its order, which rectifies before it pools; ours have the same
    numbers from less work.
    """
    torch.manual_seed(seed)
    net = NETS[model]()
    for layers in net.modules():
        if isinstance(layers, nn.Sequential):
            for place, (layer, following) in enumerate(itertools.pairwise(layers)):
                if isinstance(layer, MaxPool):
                    layers[place], layers[place + 1] = following, nn.MaxPool2d(layer.size)
                elif isinstance(layer, GlobalAverage):
                    layers[place] = nn.AdaptiveAvgPool2d(1)
    return net


def lesson(
    model: str, data_dir: Path, *, seed: int, epochs: int, workers: int, device: torch.device, download: bool = False
) -> Iterator[Epoch]:
    """Train and test, yielding after each epoch.

    Args:
        model: A key of `NETS`.
        data_dir: Folder with `MNIST/raw`, whose files are read where they are.
        seed: Of the weights, the orders and dropout.
        epochs: Most of them; whoever iterates may stop earlier.
        workers: Processes that read images; 4 are the lesson's.
        device: Where the network is.
        download: Whether torchvision may fetch what is missing.
    """
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    train_data = datasets.MNIST(data_dir, train=True, download=download, transform=transform)
    test_data = datasets.MNIST(data_dir, train=False, download=download, transform=transform)
    train_loader = DataLoader(train_data, batch_size=128, shuffle=True, num_workers=workers)
    test_loader = DataLoader(test_data, batch_size=256, shuffle=False, num_workers=workers)
    net = new_net(model, seed).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(epochs):
        started = clock(device)
        train(net, optimizer, train_loader, device)
        trained = clock(device)
        right = count_right(net, test_loader, device)
        yield Epoch(trained - started, clock(device) - trained, right / len(test_data))


def train(net: nn.Module, optimizer: torch.optim.Optimizer, batches: DataLoader, device: torch.device) -> None:
    """Go through the training images once."""
    criterion = nn.CrossEntropyLoss()
    net.train()
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(net(images), labels)
        loss.backward()
        optimizer.step()


def count_right(net: nn.Module, batches: DataLoader, device: torch.device) -> int:
    """Return how many images are recognised."""
    net.eval()
    right = 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            right += (net(images).argmax(1) == labels).sum().item()
    return right


def clock(device: torch.device) -> float:
    """Return the time in seconds, when the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def main() -> None:
    """Train as told; a line for each epoch, and all of them in a file if one is named."""
    imports = memory_now()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=sorted(NETS), default="digit_classifier")
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="folder with MNIST/raw (data)")
    parser.add_argument("--epochs", type=int, default=10, help="the lesson's are 10")
    parser.add_argument("--until", type=float, help="stop when this test accuracy, in [0, 1], is reached")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=WORKERS, help=f"processes that read images ({WORKERS})")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--download", action="store_true", help="fetch MNIST if it is not there")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    if not options.download and not (options.data_dir / "MNIST" / "raw").is_dir():
        parser.error(f"--data-dir must hold MNIST/raw, got {options.data_dir}; or let --download fetch it")
    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(automatic if options.device == "auto" else options.device)
    done: list[Epoch] = []
    keys = ("seed", "epochs", "workers", "download")
    for epoch in lesson(options.model, options.data_dir, device=device, **{key: getattr(options, key) for key in keys}):
        done.append(epoch)
        print(f"Epoch {len(done)}: accuracy={epoch.accuracy:.4f}", flush=True)
        if options.until is not None and epoch.accuracy >= options.until:
            break
    if options.json:
        options.json.write_text(json.dumps({"epochs": [epoch._asdict() for epoch in done], "imports": imports}))


if __name__ == "__main__":
    main()
