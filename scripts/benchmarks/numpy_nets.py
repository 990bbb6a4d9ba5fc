"""One epoch of a plain MLP by the NumPy nets, by scikit-learn and by torch: the contenders of the suite `baseline`."""

import time
import warnings
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from torch import nn

from digitlab.baseline.fit import fit
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.nets import plain_mlp
from digitlab.baseline.optimizers import Adam

IMAGES, SIZES, BATCH_SIZE = 60_000, (784, 256, 128, 10), 128


def contenders(threads: int) -> dict[str, Callable[[], float]]:
    """Return functions that train one new net for one epoch and return the seconds it took."""
    torch.set_num_threads(threads)
    rng = np.random.default_rng(0)
    x, labels = rng.random((IMAGES, SIZES[0]), dtype=np.float32), rng.integers(0, SIZES[-1], IMAGES)
    return {
        "digitlab.baseline": lambda: ours(x, labels),
        "scikit-learn": lambda: scikit_learn(x, labels),
        "torch, eager": lambda: torch_eager(x, labels, fused=False),
        "torch, eager, fused Adam": lambda: torch_eager(x, labels, fused=True),
    }


def ours(x: np.ndarray, labels: np.ndarray) -> float:
    """Train with `fit`."""
    rng = np.random.default_rng(1)
    net = plain_mlp(SIZES, rng)
    net.astype(np.float32)
    optimizer = Adam(net.parameters())
    started = time.perf_counter()
    fit(net, cross_entropy, optimizer, x, labels, epochs=1, batch_size=BATCH_SIZE, rng=rng)
    return time.perf_counter() - started


def scikit_learn(x: np.ndarray, labels: np.ndarray) -> float:
    """Train with MLPClassifier, without its penalty."""
    net = MLPClassifier(SIZES[1:-1], batch_size=BATCH_SIZE, alpha=0.0, max_iter=1, random_state=1)
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch is what is asked for
        net.fit(x, labels)
    return time.perf_counter() - started


def torch_eager(x: np.ndarray, labels: np.ndarray, *, fused: bool) -> float:
    """Train with a loop as short as ours: batches by index, no loader, no logging."""
    torch.manual_seed(1)
    layers = [part for sizes in pairwise(SIZES) for part in (nn.Linear(*sizes), nn.ReLU())]
    net, loss = nn.Sequential(*layers[:-1]), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), fused=fused)
    images, targets = torch.from_numpy(x), torch.from_numpy(labels)
    started = time.perf_counter()
    for batch in torch.randperm(len(images)).split(BATCH_SIZE):
        optimizer.zero_grad()
        loss(net(images[batch]), targets[batch]).backward()
        optimizer.step()
    return time.perf_counter() - started
