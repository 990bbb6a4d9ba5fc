"""Forms that trainings of other people take: whence the scores come, who teaches, what is loaded."""

import copy
from typing import Any

import pytest
import torch
from lightning.pytorch.utilities import CombinedLoader
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div, linear, normalize

from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.diagnostics.examine import diagnose
from digitlab.diagnostics.result import Status
from support.sick_trainings import ARGUMENTS, Called, Coloured, Digits, Net

pytestmark = pytest.mark.usefixtures("brief")


def wrong(found: Diagnosis) -> list[str]:
    return [result.code for result in found.results if result.status in (Status.FAIL, Status.WARN)]


class Functional(Net):
    """Scores by a function and a bare parameter: no module gives them."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Identity()
        self.centres = nn.Parameter(torch.randn(10, 64) / 8)

    def forward(self, images: Tensor) -> Tensor:
        return self.scores(images)

    def scores(self, images: Tensor) -> Tensor:
        return 10 * linear(normalize(self.body(images)), normalize(self.centres))

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        return cross_entropy(self.scores(batch[0]), batch[1])

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        scores = self.scores(batch[0])
        self.log("val_loss", cross_entropy(scores, batch[1]))
        self.log("val_acc", (scores.argmax(dim=1) == batch[1]).float().mean())


class Views(Net):
    """Two views of each image in one batch."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        images, labels = batch
        both = torch.cat([images, images + 0.05 * torch.randn_like(images)])
        return cross_entropy(self(both), labels.repeat(2))


class Looks(Net):
    """A mean over several looks at an image in validation."""

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        images, labels = batch
        looks = [self(images + size * torch.randn_like(images)).softmax(dim=1) for size in (0, 0.1, 0.1, 0.2)]
        self.log("val_acc", (torch.stack(looks).mean(dim=0).argmax(dim=1) == labels).float().mean())


class Student(Net):
    """Learns from a frozen teacher too."""

    def __init__(self, frozen: bool) -> None:
        super().__init__()
        self.teacher = nn.Sequential(copy.deepcopy(self.body), nn.Linear(64, 10))
        self.average = copy.deepcopy(self.body)  # of weights, for later
        if frozen:
            self.teacher.requires_grad_(False)
            self.average.requires_grad_(False)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        images, labels = batch
        with torch.no_grad():
            taught = self.teacher(images).softmax(dim=1)
        scores = self(images)
        return cross_entropy(scores, labels) + 0.1 * kl_div(scores.log_softmax(dim=1), taught, reduction="batchmean")

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam([*self.body.parameters(), *self.head.parameters()], 3e-3)


class Pairs(Digits):
    """Two loaders at a time."""

    def train_dataloader(self) -> Any:
        return CombinedLoader({"one": super().train_dataloader(), "two": super().train_dataloader()}, "min_size")


class Convolutional(Net):
    """Gives its scores as (B, C, 1, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 24, 3), nn.ReLU(), nn.Conv2d(24, 48, 3), nn.ReLU())
        self.head = nn.Conv2d(48, 10, 4)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        return cross_entropy(self.head(self.body(batch[0])).flatten(1), batch[1])

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        right = self.head(self.body(batch[0])).flatten(1).argmax(dim=1) == batch[1]
        self.log("val_top1", right.float().mean())


class TwoHeads(Net):
    """Has a second head, whose gradient may come first."""

    def __init__(self) -> None:
        super().__init__()
        self.side = nn.Linear(64, 2)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        features = self.body(batch[0])
        return cross_entropy(self.head(features), batch[1]) + 0.3 * cross_entropy(self.side(features), batch[1] % 2)


class Mixing(Net):
    """Mixup as its authors wrote it: a share may be near 0, and then an image is nearly all its partner's."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        images, labels = batch
        share, others = float(torch.distributions.Beta(0.3, 0.3).sample()), torch.randperm(len(labels))
        scores = self(share * images + (1 - share) * images[others])
        return share * cross_entropy(scores, labels) + (1 - share) * cross_entropy(scores, labels[others])


class Partners(Net):
    """Mixes images and not their labels."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        images, labels = batch
        return cross_entropy(self(0.3 * images + 0.7 * images[torch.randperm(len(labels))]), labels)


class OfPairs(Net):
    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        (images, labels), (more, also) = batch["one"], batch["two"]
        return cross_entropy(self(torch.cat([images, more])), torch.cat([labels, also]))


@pytest.mark.parametrize(
    ("module", "data"),
    [
        (Functional, Digits), (Views, Digits), (Looks, Digits), (lambda: Student(True), Digits),
        (lambda: Student(False), Digits), (OfPairs, Pairs), (Convolutional, Digits), (TwoHeads, Digits),
        (Called, Digits), (Coloured, Digits),
    ],
    ids=["functional", "views", "looks", "frozen teacher", "teacher", "pairs", "convolutional", "two heads",
         "called", "coloured"],
)  # fmt: skip
def test_it_is_healthy(module: Any, data: Any) -> None:
    torch.manual_seed(0)
    found = diagnose(module(), data(), **ARGUMENTS)
    assert wrong(found) == []
    statuses = {result.code: result.status for result in found.results}
    assert {statuses[code] for code in ("DL204", "DL401", "DL402", "DL601")} == {Status.PASS}


def test_mixup_is_healthy() -> None:
    torch.manual_seed(0)
    found = diagnose(Mixing(), Digits(), **{**ARGUMENTS, "max_epochs": 30})  # it learns more slowly
    assert wrong(found) == []


def test_images_that_are_mixed_without_their_labels_are_a_fault() -> None:
    torch.manual_seed(0)
    found = diagnose(Partners(), Digits(), **ARGUMENTS)
    assert found.cause is not None
    assert found.cause.code == "DL109"


def test_scores_of_a_function_are_judged_too() -> None:
    class Sorry(Functional):
        def training_step(self, batch: Any, batch_idx: int) -> Tensor:
            return -super().training_step(batch, batch_idx)

    found = diagnose(Sorry(), Digits(), **ARGUMENTS)
    assert found.cause is not None
    assert found.cause.code == "DL204"
