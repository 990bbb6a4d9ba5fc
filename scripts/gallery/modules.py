"""LightningModules as other people write them: three styles, all healthy."""

from collections.abc import Mapping
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gallery.nets import plain_net


class Classifier(LightningModule):
    """As in Lightning's own tutorials: tuple batches, `self.log`, Adam.

    Args:
        kind: The network, "mlp" or "cnn".
        lr: Of the optimizer.
        optimizer: Name of a class of torch.optim.
        net: Arguments of the network.
    """

    def __init__(
        self, kind: str, lr: float = 0.003, optimizer: str = "Adam", net: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.model = plain_net(kind, **(net or {}))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits."""
        return self.model(images)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the cross-entropy."""
        return cross_entropy(logits, labels)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return the loss of a batch."""
        images, labels = batch
        loss = self.loss(self(images), labels)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Log loss and accuracy."""
        images, labels = batch
        logits = self(images)
        self.log("valid_loss", self.loss(logits, labels))
        self.log("valid_accuracy", (logits.argmax(1) == labels).float().mean())

    def configure_optimizers(self) -> Any:
        """Return the optimizer."""
        return getattr(torch.optim, self.hparams["optimizer"])(self.parameters(), lr=self.hparams["lr"])


class Described(LightningModule):
    """Dictionary batches, one method for both steps, a schedule, names of its own.

    Args:
        kind: The network, "mlp" or "cnn".
        lr: Peak of the schedule.
        epochs: Length of the schedule.
        outputs: Numbers that come out for an image.
    """

    def __init__(self, kind: str, lr: float = 0.003, epochs: int = 8, outputs: int = 10) -> None:
        super().__init__()
        self.encoder, self.classifier = self.parts(kind, outputs)
        self.lr, self.epochs = lr, epochs
        self.criterion = nn.CrossEntropyLoss()

    def parts(self, kind: str, outputs: int) -> tuple[nn.Module, nn.Module]:
        """Return body and head."""
        net = plain_net(kind, outputs)
        return net.body, nn.Sequential(nn.Dropout(0.5), net.head)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits."""
        return self.classifier(self.encoder(image))

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the criterion."""
        return self.criterion(logits, labels)

    def shared_step(self, batch: dict[str, Any], stage: str) -> Tensor:
        """Return the loss, and log it and the accuracy."""
        scores = self(batch["image"])
        loss = self.loss(scores, batch["target"])
        self.log_dict(
            {f"{stage}/ce": loss, f"{stage}/top1_acc": (scores.argmax(1) == batch["target"]).float().mean()},
            on_step=False,
            on_epoch=True,
            batch_size=len(scores),
        )
        return loss

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> dict[str, Tensor]:
        """Return the loss in a dictionary."""
        return {"loss": self.shared_step(batch, "fit")}

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        """Measure a batch."""
        self.shared_step(batch, "check")

    def trained(self) -> Any:
        """Return what the optimizer is to hold."""
        return self.parameters()

    def configure_optimizers(self) -> Any:
        """Return optimizer and schedule."""
        optimizer = torch.optim.AdamW(self.trained(), lr=self.lr, weight_decay=1e-4)
        return {
            "optimizer": optimizer,
            "lr_scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.epochs),
        }


class ByHand(LightningModule):
    """Steps its optimizer itself.

    Args:
        kind: The network, "mlp" or "cnn".
        lr: Of the optimizer.
    """

    def __init__(self, kind: str, lr: float = 0.02) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.backbone = plain_net(kind)
        self.lr = lr

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        return self.backbone(x)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the cross-entropy."""
        return cross_entropy(logits, labels)

    def training_step(self, batch: Any, batch_idx: int) -> None:
        """Clear, differentiate, step."""
        optimizer = self.optimizers()
        x, y = batch
        optimizer.zero_grad()
        loss = self.loss(self(x), y)
        self.manual_backward(loss)
        optimizer.step()
        self.log("loss", loss, prog_bar=True)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Log the accuracy."""
        x, y = batch
        self.log("acc", (self(x).argmax(1) == y).float().mean(), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """Return SGD with momentum."""
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)
