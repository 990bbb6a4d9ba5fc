"""Small trainings on the bundled digits, healthy or with one fault, in code of a stranger's own."""

from typing import Any

import torch
from lightning import LightningDataModule, LightningModule
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout, mse_loss, nll_loss, one_hot
from torch.utils.data import DataLoader, TensorDataset

TRAINED = 1400  # images; the other 397 are for validation
ARGUMENTS = {"max_epochs": 4, "accelerator": "cpu"}  # for the trainer of each


class Digits(LightningDataModule):
    """8x8 digits in [0, 1] as `(images, labels)`, or as a dict.

    Args:
        batch_size: Of training.
        fault: What is wrong with them.
        as_dict: Whether a batch is a dict.
    """

    def __init__(self, batch_size: int = 32, fault: str = "", as_dict: bool = False) -> None:
        super().__init__()
        self.batch_size, self.fault, self.as_dict = batch_size, fault, as_dict

    def setup(self, stage: str | None = None) -> None:
        pixels, classes = load_digits(return_X_y=True)
        images = torch.tensor(pixels, dtype=torch.float32).view(-1, 1, 8, 8) / 16
        labels = torch.tensor(classes)
        generator = torch.Generator().manual_seed(0)
        order = torch.randperm(len(images), generator=generator)
        images, labels = images[order], labels[order]
        train, val = (images[:TRAINED], labels[:TRAINED]), (images[TRAINED:], labels[TRAINED:])
        self.train, self.val = FAULTS_OF_DATA.get(self.fault, lambda train, val: (train, val))(train, val)

    def train_dataloader(self) -> Any:
        shuffle = self.fault != "sorted"
        return DataLoader(TensorDataset(*self.train), self.batch_size, shuffle=shuffle, collate_fn=self.collate)

    def val_dataloader(self) -> Any:
        return DataLoader(TensorDataset(*self.val), 64, collate_fn=self.collate)

    def collate(self, items: list[Any]) -> Any:
        images, labels = torch.stack([item[0] for item in items]), torch.stack([item[1] for item in items])
        return {"label": labels, "image": images} if self.as_dict else (images, labels)


Part = tuple[Tensor, Tensor]


def _wrong_labels(labels: Tensor, share: float) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    wrong = torch.rand(len(labels), generator=generator) < share
    return torch.where(wrong, torch.randint(0, 10, labels.shape, generator=generator), labels)


def _rare(train: Part, keep: int) -> Part:
    kept = (train[1] != 3) | (torch.arange(len(train[1])) < keep)
    return train[0][kept], train[1][kept]


def _sorted(part: Part) -> Part:
    order = part[1].argsort(stable=True)
    return part[0][order], part[1][order]


FAULTS_OF_DATA: dict[str, Any] = {
    "raw": lambda train, val: ((train[0] * 255, train[1]), (val[0] * 255, val[1])),
    "constant": lambda train, val: ((torch.zeros_like(train[0]), train[1]), val),
    "not finite": lambda train, val: ((train[0] / train[0], train[1]), val),
    "gap in the labels": lambda train, val: (_rare(train, 0), val),
    "a rare class": lambda train, val: (_rare(train, 20), val),
    "labels of others": lambda train, val: ((train[0], train[1].roll(7)), (val[0], val[1].roll(7))),
    "noise": lambda train, val: ((train[0], _wrong_labels(train[1], 0.4)), val),
    "leak": lambda train, val: (train, (train[0][:300], train[1][:300])),
    "upside down": lambda train, val: ((train[0].flip(2), train[1]), val),
    "sorted": lambda train, val: (_sorted(train), val),
    "val not scaled": lambda train, val: (train, (val[0] * 16, val[1])),
    "few": lambda train, val: ((train[0][:50], train[1][:50]), val),
}


class Net(LightningModule):
    """A network of one hidden layer with Adam, or with a fault.

    Args:
        fault: What is wrong with it.
        manual: Whether it steps its optimizer itself.
        lr: The rate.
        optimizer: "adam" or "sgd".
    """

    def __init__(self, fault: str = "", *, manual: bool = False, lr: float = 3e-3, optimizer: str = "adam") -> None:
        super().__init__()
        self.fault, self.rate, self.optimizer = fault, lr, optimizer
        self.automatic_optimization = not manual
        self.hidden: tuple[nn.Module, ...] = ()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1))
        self.head = nn.Linear(64, 10)
        FAULTS_OF_NETS.get(fault, lambda net: None)(self)

    @classmethod
    def seeded(cls) -> "Net":
        torch.manual_seed(0)
        return cls()

    def hide(self, layers: list[nn.Module]) -> None:
        self.hidden = tuple(layers)

    def forward(self, images: Tensor) -> Tensor:
        features = self.body(images)
        for layer in self.hidden:
            features = layer(features)
        if self.fault == "detached":
            features = features.detach()
        if self.fault == "dropout that stays on":
            features = dropout(features, 0.3)
        scores = self.head(features)
        return scores - scores.mean(dim=0) * 2 if self.fault == "mixes the batch" else scores

    def training_step(self, batch: Any, batch_idx: int) -> Tensor | None:
        images, labels = (batch["image"], batch["label"]) if isinstance(batch, dict) else batch
        if self.fault == "eval while training":
            self.eval()
        scores = self(images)
        loss = LOSSES.get(self.fault, cross_entropy)(scores, labels)
        self.log("fit", loss)
        if self.automatic_optimization:
            return loss
        optimizer = self.optimizers()
        if self.fault != "never cleared":
            optimizer.zero_grad()  # type: ignore[union-attr]
        self.manual_backward(loss)
        if self.fault != "never stepped":
            optimizer.step()  # type: ignore[union-attr]
        return None

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        images, labels = (batch["image"], batch["label"]) if isinstance(batch, dict) else batch
        if self.fault == "validation that looks at nothing":
            return self.log("valid_accuracy", 0.99)
        if self.fault == "train while validating":
            self.train()
        right = (self(images).argmax(dim=1) == labels).float().mean()
        self.log("valid_accuracy", 1 - right if self.fault == "false accuracy" else right)

    def configure_optimizers(self) -> Any:
        parameters = self.head.parameters() if self.fault == "half held" else self.parameters()
        if self.optimizer == "sgd":
            return torch.optim.SGD(parameters, self.rate, momentum=0.9)
        extra = SETTINGS.get(self.fault, {})
        optimizer = torch.optim.Adam(parameters, self.rate, **extra)
        if self.fault == "cycle of steps, an epoch each":
            return [optimizer], [torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.003, 176, div_factor=1000)]
        if self.fault == "schedule of steps":
            schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.9)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
        return optimizer


def _all(net: Net, initialise: Any) -> None:
    for parameter in net.parameters():
        initialise(parameter)


def _deep(net: Net) -> None:
    layers = [part for _ in range(12) for part in (nn.Linear(64, 64), nn.Sigmoid())]
    net.body = nn.Sequential(nn.Flatten(), *layers)


FAULTS_OF_NETS: dict[str, Any] = {
    "all zero": lambda net: _all(net, nn.init.zeros_),
    "huge weights": lambda net: _all(net, nn.init.normal_),
    "frozen": lambda net: net.body.requires_grad_(False),
    "deep sigmoid": _deep,
    "no activation": lambda net: net.body.__setitem__(2, nn.Identity()),
    "bottleneck": lambda net: (setattr(net, "body", nn.Sequential(nn.Flatten(), nn.Linear(64, 2), nn.ReLU())),
                               setattr(net, "head", nn.Linear(2, 10))),
    "dropout of nearly all": lambda net: net.body.__setitem__(3, nn.Dropout(0.95)),
    "softmax": lambda net: setattr(net, "head", nn.Sequential(net.head, nn.Softmax(dim=1))),
    "sigmoid": lambda net: setattr(net, "head", nn.Sequential(net.head, nn.Sigmoid())),
    "relu at the end": lambda net: setattr(net, "head", nn.Sequential(net.head, nn.ReLU())),
    "one output": lambda net: setattr(net, "head", nn.Linear(64, 1)),
    "layers in a list": lambda net: net.hide([nn.Linear(64, 64), nn.ReLU()]),
    "pooled away": lambda net: (setattr(net, "body", nn.Sequential(nn.AdaptiveAvgPool2d((1, 3)), nn.Flatten())),
                                setattr(net, "head", nn.Linear(3, 10))),
    "eight outputs": lambda net: setattr(net, "head", nn.Linear(64, 8)),
    "batchnorm that stands still": lambda net: net.body.insert(2, nn.BatchNorm1d(64, momentum=0.001)),
}  # fmt: skip
LOSSES: dict[str, Any] = {
    "wrong sign": lambda scores, labels: -cross_entropy(scores, labels),
    "nll of scores": nll_loss,
    "softmax in the loss": lambda scores, labels: cross_entropy(scores.softmax(dim=1), labels),
    "labels of others": lambda scores, labels: cross_entropy(scores, labels.roll(1)),
    "mse": lambda scores, labels: mse_loss(scores, one_hot(labels, 10).float()),
}
SETTINGS: dict[str, Any] = {
    "maximize": {"maximize": True},
    "large epsilon": {"eps": 10},
    "slow betas": {"betas": (0.999, 0.999)},
    "strong decay": {"weight_decay": 0.5},
}


class Called(Net):
    """Calls forward by its name, where no hook of the module sees it."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        return cross_entropy(self.forward(batch[0]), batch[1])

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_acc", (self.forward(batch[0]).argmax(dim=1) == batch[1]).float().mean())


class Coloured(Net):
    """Makes colours of grey in forward, as for a network of torchvision's."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Flatten())
        self.head = nn.Linear(16 * 64, 10)

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images.expand(-1, 3, -1, -1))
