"""LightningModules with one fault each, in the styles of `modules`."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gallery.modules import ByHand, Classifier, Described


class NeverCleared(ByHand):
    """Adds each step's gradients to those of all steps before."""

    def training_step(self, batch: Any, batch_idx: int) -> None:
        """Differentiate and step."""
        x, y = batch
        loss = self.loss(self(x), y)
        self.manual_backward(loss)
        self.optimizers().step()
        self.log("loss", loss, prog_bar=True)


class NeverStepped(ByHand):
    """Differentiates, and forgets to step."""

    def training_step(self, batch: Any, batch_idx: int) -> None:
        """Clear and differentiate."""
        x, y = batch
        self.optimizers().zero_grad()
        loss = self.loss(self(x), y)
        self.manual_backward(loss)
        self.log("loss", loss, prog_bar=True)


class ClearedTooLate(ByHand):
    """Clears the gradients between backward and step: nothing is left to step with."""

    def training_step(self, batch: Any, batch_idx: int) -> None:
        """Differentiate, clear, step."""
        optimizer = self.optimizers()
        x, y = batch
        loss = self.loss(self(x), y)
        self.manual_backward(loss)
        optimizer.zero_grad(set_to_none=False)
        optimizer.step()
        self.log("loss", loss, prog_bar=True)


class HeadOnly(Described):
    """Hands the optimizer the parameters of its head alone."""

    def trained(self) -> Any:
        """Return what the optimizer is to hold."""
        return self.classifier.parameters()


class TrainsACopy(Classifier):
    """Hands the optimizer the parameters of a copy of the network."""

    def configure_optimizers(self) -> Any:
        """Return an optimizer of weights that nobody uses."""
        return torch.optim.Adam(copy.deepcopy(self.model).parameters(), lr=self.hparams["lr"])


class WrongSize(Classifier):
    """Crops its images, and kept the layers for whole ones."""

    def forward(self, images: Tensor) -> Tensor:
        """Raise what torch says of shapes that do not fit."""
        return self.model(images[:, :, 2:-2, 2:-2])


class NoGradient(Classifier):
    """Makes a new tensor of its loss, and silences torch's complaint by `requires_grad`."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return a loss that remembers nothing of the network."""
        loss = super().training_step(batch, batch_idx)
        return torch.tensor(loss.item(), requires_grad=True)


class NeverWarm(Classifier):
    """Warms up over ten thousand epochs."""

    def configure_optimizers(self) -> Any:
        """Return optimizer and schedule."""
        optimizer = super().configure_optimizers()
        warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1e-4, total_iters=10_000)
        return {"optimizer": optimizer, "lr_scheduler": warm_up}


class ValidatesInTraining(Described):
    """Switches itself to training mode when it validates."""

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        """Measure a batch with half of the features dropped."""
        self.train()
        super().validation_step(batch, batch_idx)


class TrainsInEvaluation(Described):
    """Stays in evaluation mode when it trains."""

    def on_train_epoch_start(self) -> None:
        """Switch to evaluation mode."""
        self.eval()


class LearnsFromValidation(Described):
    """Uses the training step, and its optimizer, in validation, too."""

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        """Take twenty steps on a batch and measure it."""
        if not self.trainer.sanity_checking:
            optimizer = self.optimizers()
            for _ in range(20):
                with torch.enable_grad():
                    optimizer.zero_grad()
                    self.loss(self(batch["image"]), batch["target"]).backward()
                    optimizer.step()
        super().validation_step(batch, batch_idx)


class Normalised(Described):
    """Has batch norm, and is healthy."""

    def parts(self, kind: str, outputs: int) -> tuple[nn.Module, nn.Module]:
        """Return body and head."""
        body, head = super().parts(kind, outputs)
        return nn.Sequential(nn.BatchNorm2d(1, affine=False), body), nn.Sequential(nn.BatchNorm1d(64), head)


class ValidatesByOwnStatistics(Normalised):
    """Normalises validation batches by their own statistics, and counts those as training's, too."""

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        """Measure the images of one class at a time, as in a report by class."""
        self.train()
        for label in range(10):
            chosen = batch["target"] == label
            if int(chosen.sum()) > 1:
                part = {"image": batch["image"][chosen], "target": batch["target"][chosen]}
                super().validation_step(part, batch_idx)


class BinaryAccuracy(Classifier):
    """Counts each class of each image as a question of yes or no: nine of ten are right at once."""

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Log what Keras took for the accuracy with a binary cross-entropy."""
        images, labels = batch
        answers = torch.sigmoid(self(images)) > 0.5
        self.log("valid_accuracy", (answers == one_hot(labels, answers.shape[1]).bool()).float().mean())


class AccuracyOfRightSize(Classifier):
    """Divides by the size of a training batch, which a validation batch does not have."""

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Log a figure that is no share."""
        images, labels = batch
        self.log("valid_accuracy", (self(images).argmax(1) == labels).float().sum() / 256)


class AccuracyOnTraining(Classifier):
    """Logs the accuracy of the epoch's training batches as that of validation."""

    def on_train_epoch_start(self) -> None:
        """Begin anew."""
        self.seen: list[Tensor] = []

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Remember the accuracy of the batch before its step."""
        images, labels = batch
        self.seen.append((self(images).argmax(1) == labels).float().mean())
        return super().training_step(batch, batch_idx)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Log it."""
        self.log("valid_accuracy", torch.stack(self.seen).mean())
