"""Batches from a data set in memory or on disk: one index operation each, and no workers."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from digitlab.data.batch import Batch, ImageSet

BLOCK = 256  # neighbours in the file, 200 kB: what a disk reads at one go
WINDOW = 2**18  # 200 MB: whole for every set that is usually in memory, a fraction of any memory


def epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """Return a permutation of `0..count-1` that depends on nothing but the arguments.

    Not on global random state, so that the order of epoch 7 is the same whether epochs 0 to 6 ran in this
    process or in one that was killed.

    Beyond `WINDOW` images, blocks of `BLOCK` neighbours are shuffled, and then the images within each window of a
    thousand blocks that came together by chance. A disk is then read in long stretches and not at a random place for
    every image, and what is drawn at any time lies within the memory of one window; whatever the set's size, an image
    costs the same. Even if a file is sorted by class, a window has each class's share to about a hundredth.
    """
    mixed = int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])
    generator = torch.Generator().manual_seed(mixed)
    if count <= WINDOW:
        return torch.randperm(count, generator=generator)
    blocks = torch.randperm(-(-count // BLOCK), generator=generator)
    order = (blocks.unsqueeze(1) * BLOCK + torch.arange(BLOCK)).flatten()
    order = order[order < count]  # the last block may be short
    for window in order.tensor_split(-(-count // WINDOW)):
        window.copy_(window[torch.randperm(len(window), generator=generator)])
    return order


class TrainLoader:
    """Shuffled batches of `batch_size`, in a new order each epoch.

    The last batch of an epoch may be smaller, as with torch's DataLoader; one left-over image is dropped,
    because batch normalisation has no variance over a single value.

    Args:
        data: All images and labels to train on.
        batch_size: Images per step (and process).
        seed: What the orders derive from.
        epoch: Tells the number of the epoch. Asked when the first batch is drawn, not when iteration is set
            up: Lightning sets up the loaders before it has restored the epoch of a checkpoint.
        shuffle: False keeps the order of `data`, the same batches every epoch (to overfit one of them).
        rank: This process among `world_size` that train together; each sees its share of the order, and the
            remainder is left out so that all make the same number of steps.
        world_size: Number of those processes.
    """

    def __init__(
        self,
        data: ImageSet,
        batch_size: int,
        *,
        seed: int,
        epoch: Callable[[], int],
        shuffle: bool = True,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.data, self.batch_size, self.shuffle = data, batch_size, shuffle
        self.seed, self.epoch = seed, epoch
        self.rank, self.world_size = rank, world_size
        self._position = {"epoch": 0, "batches": 0}
        self._resumed: dict[str, int] | None = None

    def state_dict(self) -> dict[str, int]:
        """Return the epoch and how many of its batches have been handed out."""
        return dict(self._position)

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Begin the next iteration where another loader was; an epoch that is not that one begins at its beginning."""
        self._resumed = dict(state)

    def __len__(self) -> int:
        full, rest = divmod(len(self.data.labels) // self.world_size, self.batch_size)
        return full + (rest > 1 or (rest == 1 and self.batch_size == 1))

    def __iter__(self) -> Iterator[Batch]:
        count, epoch = len(self.data.labels), self.epoch()
        order = epoch_order(count, self.seed, epoch) if self.shuffle else torch.arange(count)
        share = order[: count - count % self.world_size][self.rank :: self.world_size].to(self.data.labels.device)
        resumed, self._resumed = self._resumed, None
        start = resumed["batches"] if resumed is not None and resumed["epoch"] == epoch else 0
        for step in range(start, len(self)):
            self._position = {"epoch": epoch, "batches": step + 1}
            chosen = share[step * self.batch_size : (step + 1) * self.batch_size]
            images = self.data.images.index_select(0, chosen)  # six times faster than [chosen]
            yield Batch(images, self.data.labels[chosen])


class EvalLoader:
    """Every image once, in order, in equally large batches of at most `batch_size`.

    Equal batches let several processes take the same number of them without repeating an image, so a metric
    over all processes is exact.

    Args:
        data: All images and labels to evaluate.
        batch_size: Most images per batch.
        rank: This process among `world_size` that share the work.
        world_size: Number of those processes, at most the number of images.
    """

    def __init__(self, data: ImageSet, batch_size: int, *, rank: int = 0, world_size: int = 1) -> None:
        self.data, self.batch_size = data, batch_size
        self.rank, self.world_size = rank, world_size

    def __len__(self) -> int:
        return -(-len(self.data.labels) // (self.batch_size * self.world_size))

    def __iter__(self) -> Iterator[Batch]:
        count = len(self.data.labels)
        parts = torch.tensor_split(torch.arange(count), len(self) * self.world_size)
        for part in parts[self.rank :: self.world_size]:
            where = slice(int(part[0]), int(part[-1]) + 1)
            yield Batch(self.data.images[where], self.data.labels[where])
