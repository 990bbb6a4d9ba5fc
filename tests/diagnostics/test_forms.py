"""Forms that trainings of other people take: whence the scores come, who teaches, what is loaded and monitored."""

import copy
from typing import Any

import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.utilities import CombinedLoader
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div, linear, normalize
from torch.utils.data import DataLoader, TensorDataset

from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.diagnostics.evidence import collected
from digitlab.diagnostics.examine import diagnose
from digitlab.diagnostics.result import Status
from support.sick_trainings import Digits, Net

ARGUMENTS = {"max_epochs": 4, "accelerator": "cpu"}


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, steps in (("RUN_STEPS", 176), ("ONE_BATCH_STEPS", 100), ("RANGE_STEPS", 60)):
        monkeypatch.setattr(collected, name, steps)


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


class TwoHeads(Net):
    """Has a second head, whose gradient may come first."""

    def __init__(self) -> None:
        super().__init__()
        self.side = nn.Linear(64, 2)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        features = self.body(batch[0])
        return cross_entropy(self.head(features), batch[1]) + 0.3 * cross_entropy(self.side(features), batch[1] % 2)


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


def test_scores_of_a_function_are_judged_too() -> None:
    class Sorry(Functional):
        def training_step(self, batch: Any, batch_idx: int) -> Tensor:
            return -super().training_step(batch, batch_idx)

    found = diagnose(Sorry(), Digits(), **ARGUMENTS)
    assert found.cause is not None
    assert found.cause.code == "DL204"


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


@pytest.mark.parametrize(
    ("callback", "value"),
    [
        (EarlyStopping("val_loss"), "EarlyStopping monitors val_loss, which is not logged; there are fit, valid_accur"),
        (EarlyStopping("valid_accuracy"), "EarlyStopping takes min of valid_accuracy for better"),
        (ModelCheckpoint(monitor="fit", mode="max"), ""),
        (EarlyStopping("valid_accuracy", mode="max"), ""),
    ],
)
def test_what_is_monitored_is_looked_at(callback: Any, value: str) -> None:
    found = diagnose(Net(), Digits(), checks="DL505", callbacks=[callback], **ARGUMENTS).results[0]
    assert found.status is (Status.FAIL if value else Status.PASS)
    assert found.value.startswith(value)


def test_the_callbacks_of_a_module_are_looked_at_and_take_no_part() -> None:
    class Careful(Net):
        def configure_callbacks(self) -> Any:
            return EarlyStopping("nothing", patience=0)

    found = diagnose(Careful(), Digits(), checks="DL505", **ARGUMENTS).results[0]
    assert found.value.startswith("EarlyStopping monitors nothing")
