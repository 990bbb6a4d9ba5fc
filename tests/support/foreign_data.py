"""A LightningDataModule of somebody's own: torch's DataLoader, shuffled, in batches of floats."""

from typing import Any

import torch
from lightning import LightningDataModule
from torch.utils.data import DataLoader, TensorDataset


class Stripes(LightningDataModule):
    """Bright rows: the row tells the class."""

    def __init__(self, num_classes: int = 4, count: int = 60, batch_size: int = 20) -> None:
        super().__init__()
        self.num_classes, self.count, self.batch_size = num_classes, count, batch_size

    def _loader(self, seed: int, shuffle: bool = False) -> DataLoader[Any]:
        generator = torch.Generator().manual_seed(seed)
        labels = torch.randint(self.num_classes, (self.count,), generator=generator)
        images = torch.rand(self.count, 1, 28, 28, generator=generator)
        images[torch.arange(self.count), 0, labels * 6] += 1
        return DataLoader(TensorDataset(images, labels), self.batch_size, shuffle=shuffle)

    def train_dataloader(self) -> DataLoader[Any]:
        return self._loader(0, shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader(1)

    def test_dataloader(self) -> DataLoader[Any]:
        return self._loader(2)
