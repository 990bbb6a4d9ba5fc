"""Faults in the forms that trainings of other people take: each is named as the cause."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from digitlab.diagnostics.examine import diagnose
from digitlab.diagnostics.result import Status
from support.sick_trainings import ARGUMENTS, Called, Coloured, Digits, Net

pytestmark = pytest.mark.usefixtures("brief")


class Forgetful(Net):
    """Begins anew each epoch."""

    def on_train_epoch_start(self) -> None:
        for layer in (self.body[1], self.head):
            layer.reset_parameters()


class Ignoring(Net):
    """Leaves a class out of the loss."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        return cross_entropy(self(batch[0]), batch[1], ignore_index=3)


class Masking(Net):
    """Never answers with a three when it is evaluated."""

    def forward(self, images: Tensor) -> Tensor:
        scores = super().forward(images)
        return scores if self.training else scores - 99 * (torch.arange(10) == 3)


class Halved(Net):
    """Steps one of its two optimizers."""

    def __init__(self) -> None:
        super().__init__(manual=True)

    def training_step(self, batch: Any, batch_idx: int) -> None:
        body, head = self.optimizers()  # type: ignore[misc]
        body.zero_grad()
        head.zero_grad()
        self.manual_backward(cross_entropy(self(batch[0]), batch[1]))
        head.step()

    def configure_optimizers(self) -> Any:
        return [torch.optim.Adam(part.parameters(), 3e-3) for part in (self.body, self.head)]


class Penalised(Net):
    """Has a penalty in its loss that pulls all weights to 0."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        return cross_entropy(self(batch[0]), batch[1]) + sum(one.square().sum() for one in self.parameters())


class Stale(Net):
    """Validates a copy that nobody updates."""

    def __init__(self) -> None:
        super().__init__()
        self.copy = nn.Sequential(copy.deepcopy(self.body), copy.deepcopy(self.head)).requires_grad_(False)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_acc", (self.copy(batch[0]).argmax(dim=1) == batch[1]).float().mean())


class Hurried(Net):
    """Moves its schedule each step."""

    def __init__(self) -> None:
        super().__init__(manual=True)

    def training_step(self, batch: Any, batch_idx: int) -> None:
        super().training_step(batch, batch_idx)
        self.lr_schedulers().step()  # type: ignore[union-attr]

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.Adam(self.parameters(), 3e-3)
        return [optimizer], [torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.8)]


class Mixing(Called):
    """Takes the mean of a batch from each image."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images - images.mean(dim=0) * 3)


class MixingPieces(Net):
    """Has no forward, and takes twice the mean of a batch from its features, in its steps."""

    def forward(self, images: Tensor) -> Tensor:
        raise NotImplementedError

    def scores(self, images: Tensor) -> Tensor:
        features = self.body(images)
        return self.head(features - 2 * features.mean(dim=0))

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        return cross_entropy(self.scores(batch[0]), batch[1])

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_acc", (self.scores(batch[0]).argmax(dim=1) == batch[1]).float().mean())


class Placeless(Net):
    """Adds up what each pixel says by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 64, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(64, 10)


class Unscaled(Digits):
    """Leaves the validation images of a coloured network as they are in the files."""

    def setup(self, stage: str | None = None) -> None:
        super().setup(stage)
        self.val = (self.val[0] * 255, self.val[1])


class Merged(Digits):
    """Has most of its fours labelled as nines."""

    def setup(self, stage: str | None = None) -> None:
        super().setup(stage)
        fours = (self.train[1] == 4).nonzero()[:, 0]
        self.train[1][fours[: int(0.8 * len(fours))]] = 9


class Marked(Digits):
    """Has the label in a corner of each image."""

    def setup(self, stage: str | None = None) -> None:
        super().setup(stage)
        for images, labels in (self.train, self.val):
            images[:, 0, 0, 0] = labels / 10


class Mirrored(Digits):
    """Has its validation images mirrored."""

    def setup(self, stage: str | None = None) -> None:
        super().setup(stage)
        self.val = (self.val[0].flip(-1), self.val[1])


class Tiny(Digits):
    """Keeps eight images for validation."""

    def setup(self, stage: str | None = None) -> None:
        super().setup(stage)
        self.val = (self.val[0][:8], self.val[1][:8])


class Unbatched(Digits):
    """Has no batch that is full."""

    def train_dataloader(self) -> Any:
        return DataLoader(TensorDataset(*self.train), 2000, drop_last=True)


class Lacking(Digits):
    """Has no four in validation."""

    def setup(self, stage: str | None = None) -> None:
        super().setup(stage)
        kept = self.val[1] != 4
        self.val = (self.val[0][kept], self.val[1][kept])


@pytest.mark.parametrize(
    ("module", "data", "code"),
    [
        (Forgetful, Digits, "DL404"), (Ignoring, Digits, "DL204"), (Masking, Digits, "DL604"),
        (Halved, Digits, "DL309"), (Penalised, Digits, "DL304"), (Stale, Digits, "DL506"),
        (Hurried, Digits, "DL305"), (Net, Tiny, "DL114"), (Net, Unbatched, "DL112"), (Net, Marked, "DL113"),
        (Net, Mirrored, "DL111"), (Net, Lacking, "DL104"), (Mixing, Digits, "DL210"),
        (MixingPieces, Digits, "DL210"),
        (Placeless, Digits, "DL218"), (Coloured, Unscaled, "DL111"), (Net, Merged, "DL604"),
    ],
)  # fmt: skip
def test_a_fault_is_named(module: Any, data: Any, code: str) -> None:
    found = diagnose(module(), data(), **ARGUMENTS)
    assert found.cause is not None
    assert (found.cause.code, found.cause.status) == (code, Status.FAIL)
