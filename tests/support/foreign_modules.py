"""Modules as other people write them, for the tests of the fast loop."""

from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class Tuples(LightningModule):
    """A module as in Lightning's own examples: tuple batches, no data module, logs in each step."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 5), nn.Dropout(0.2), nn.ReLU(), nn.Linear(5, 3))
        self.events: list[Any] = []

    def loss(self, batch: Any) -> Tensor:
        inputs, labels = batch
        return cross_entropy(self.net(inputs), labels)

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        loss = self.loss(batch)
        self.log("loss", loss, prog_bar=True, on_epoch=True)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("loss", self.loss(batch))  # the name that the training step has

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), lr=0.01)


class NoIndex(Tuples):
    def training_step(self, batch: Any) -> Any:
        return self.loss(batch)


class Dictionaries(Tuples):
    def loss(self, batch: Any) -> Tensor:
        return super().loss((batch["inputs"], batch["labels"]))

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        return {"loss": self.loss(batch), "extra": batch_idx}


class Skips(Tuples):
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        return None if batch_idx % 3 == 1 else self.loss(batch)


class LogsSometimes(Tuples):
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        loss = self.loss(batch)
        if batch_idx == 0:
            self.log("loss", loss)
        return loss


class OwnHook(Tuples):
    def on_train_batch_start(self, batch: Any, batch_idx: int) -> int | None:
        self.events.append(("start", batch_idx))
        return -1 if batch_idx == 4 else None


class OwnTransfer(Tuples):
    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        self.events.append("moved")
        inputs, labels = batch
        return inputs.to(device) * 2, labels.to(device)


class AfterTransfer(Tuples):
    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        inputs, labels = batch
        return inputs + 1, labels


class OwnClipping(Tuples):
    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: float | None = None, gradient_clip_algorithm: str | None = None
    ) -> None:
        self.clip_gradients(optimizer, gradient_clip_val=0.1, gradient_clip_algorithm="value")
        self.log("norm", sum(parameter.grad.norm() for parameter in self.parameters()))


class Iterator(Tuples):
    def training_step(self, dataloader_iter: Any) -> Any:
        batch, index, _ = next(dataloader_iter)
        self.events.append(index)
        return self.loss(batch)


class Manual(Tuples):
    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        for optimizer in self.optimizers():
            optimizer.zero_grad()
            self.manual_backward(self.loss(batch))
            optimizer.step()

    def configure_optimizers(self) -> Any:
        first, last = self.net[0], self.net[3]
        return torch.optim.SGD(first.parameters(), lr=0.1), torch.optim.Adam(last.parameters(), lr=0.01)


class Closures(Tuples):
    """LBFGS asks for the loss several times in a step."""

    def configure_optimizers(self) -> Any:
        return torch.optim.LBFGS(self.parameters(), lr=0.1, max_iter=3)


class Schedules(Tuples):
    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1, momentum=0.9)
        step = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
        return [optimizer], [
            {"scheduler": step, "interval": "step", "frequency": 3},
            {"scheduler": plateau, "monitor": "loss", "interval": "step", "frequency": 2},
        ]


class OwnScheduleStep(Tuples):
    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)]

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        self.events.append("stepped")
        scheduler.step()


class Doubles(Tuples):
    def loss(self, batch: Any) -> Tensor:
        return super().loss((batch[0].double(), batch[1]))
