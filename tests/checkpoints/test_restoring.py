"""Well-formed checkpoints with odd contents: refused in a line, or a real trainer resumes from them."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Trainer

from digitlab.callbacks.best_checkpoint import BestCheckpoint
from digitlab.checkpoints.header import read_header
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.checkpoints.restoring import check_restorable
from digitlab.checkpoints.resumable import DATA_MODULES, MEMORY_FORMAT, read_resumable
from digitlab.checkpoints.writing import SafeCheckpointIO
from digitlab.datamodule import KINDS, kind_of
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.nets.layout import MEMORY_FORMATS

Change = Callable[[dict[str, Any]], Any]
LOOP = "loops.fit_loop"
DATA = {"dataset": "digits", "num_classes": 10, "mean": 0.1556, "std": 0.2771, "batch_size": 32}
OPTIMIZER = {"_target_": "torch.optim.Adam", "lr": 0.003, "fused": True}
SCHEDULER = {"_target_": "digitlab.schedules.cosine"}


def fit(folder: Path, resumed: Path | None = None, **settings: Any) -> Trainer:
    """Train an MLP on a few batches of the digits, two epochs or the rest of them."""
    data = kind_of("digits")(**DATA, data_dir=folder, seed=0)  # type: ignore[arg-type]
    module = DigitModule(
        {"_target_": "digitlab.nets.MLP", "hidden_sizes": [4]},
        DATA,
        **{"optimizer": OPTIMIZER, "scheduler": SCHEDULER, **settings},
    )
    trainer = Trainer(
        max_epochs=2, limit_train_batches=4, limit_val_batches=1, accelerator="cpu", logger=False,
        num_sanity_val_steps=0, enable_progress_bar=False, enable_model_summary=False, default_root_dir=folder,
        callbacks=[BestCheckpoint(folder)], plugins=[SafeCheckpointIO()],
    )  # fmt: skip
    trainer.fit(module, datamodule=data, ckpt_path=resumed, weights_only=True)
    return trainer


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the end of the first epoch."""
    folder = tmp_path_factory.mktemp("sound")
    fit(folder).strategy.barrier()
    path = folder / "best.previous.ckpt"
    return path if path.exists() else folder / "best.ckpt"


def put(name: str, value: Any) -> Change:
    """Return what puts a value at a place within a checkpoint."""

    def change(content: dict[str, Any]) -> None:
        place, key = find(content, name)
        place[key] = value

    return change


def drop(name: str) -> Change:
    """Return what takes a part away."""

    def change(content: dict[str, Any]) -> None:
        place, key = find(content, name)
        del place[key]

    return change


def find(content: Any, name: str) -> tuple[Any, Any]:
    """Return the container of a part and its key there; dots that belong to a key of Lightning's are commas."""
    *above, last = (part.replace(",", ".") for part in name.split("."))
    for part in above:
        content = content[int(part) if isinstance(content, list) or part.isdecimal() else part]
    return content, int(last) if isinstance(content, list) or last.isdecimal() else last


ODD = [
    ("epoch", drop("epoch")),
    ("epoch", put("epoch", "x")),
    ("epoch", put("epoch", -1)),
    ("epoch", put("epoch", True)),
    ("global_step", put("global_step", 1.5)),
    ("global_step", put("global_step", -3)),
    ("pytorch-lightning_version", drop("pytorch-lightning_version")),
    ("pytorch-lightning_version", put("pytorch-lightning_version", "new")),
    ("pytorch-lightning_version", put("pytorch-lightning_version", "0.9.0")),
    ("state_dict", put("state_dict", [])),
    ("net.layers.1.bias", drop("state_dict.net,layers,1,bias")),
    ("loops", drop("loops")),
    ("loops.fit_loop", put("loops", {})),
    ("loops", put("loops", None)),
    ("loops.fit_loop", put(LOOP, [])),
    ("epoch_progress", drop(f"{LOOP}.epoch_progress")),
    ("epoch_progress.current.ready", put(f"{LOOP}.epoch_progress.current.ready", "2")),
    ("epoch_progress.total", put(f"{LOOP}.epoch_progress.total", 4)),
    ("is_last_batch", drop(f"{LOOP}.epoch_loop,batch_progress.is_last_batch")),
    ("completed", put(f"{LOOP}.epoch_loop,batch_progress.current.completed", -4)),
    ("_batches_that_stepped", put(f"{LOOP}.epoch_loop,state_dict", {})),
    ("combined_loader", put(f"{LOOP}.state_dict.combined_loader", {"epoch": 1})),
    ("combined_loader.0.batches", put(f"{LOOP}.state_dict.combined_loader.0.batches", None)),
    ("optimizer", put(f"{LOOP}.epoch_loop,automatic_optimization,optim_progress", {})),
    ("callbacks", drop("callbacks")),
    ("callbacks", put("callbacks", ["BestCheckpoint"])),
    ("callbacks.BestCheckpoint", put("callbacks.BestCheckpoint", 3)),
    ("callbacks.BestCheckpoint.best", put("callbacks.BestCheckpoint.best", "low")),
    ("callbacks.BestCheckpoint.best", put("callbacks.BestCheckpoint", {})),
    ("optimizer_states", drop("optimizer_states")),
    ("optimizer_states", put("optimizer_states", [])),
    ("optimizer_states", put("optimizer_states", {})),
    ("optimizer_states.0", put("optimizer_states.0", [])),
    ("param_groups", drop("optimizer_states.0.param_groups")),
    ("param_groups.0.params", put("optimizer_states.0.param_groups.0.params", "0123")),
    ("param_groups", put("optimizer_states.0.param_groups.0.params", [0, 1])),
    ("param_groups", put("optimizer_states.0.param_groups.0.params", [0, 0, 1, 2, 3, 4])),
    ("param_groups.0.lr", put("optimizer_states.0.param_groups.0.lr", "fast")),
    ("betas", put("optimizer_states.0.param_groups.0.betas", 0.9)),
    ("fused", put("optimizer_states.0.param_groups.0.fused", "yes")),
    ("exp_avg of parameter 0", put("optimizer_states.0.state.0.exp_avg", torch.zeros(3, 784))),
    ("exp_avg of parameter 0", drop("optimizer_states.0.state.0.exp_avg")),
    ("exp_avg_sq of parameter 1", put("optimizer_states.0.state.1.exp_avg_sq", 0.5)),
    ("step of parameter 1", put("optimizer_states.0.state.1.step", "x")),
    ("optimizer_states.0.state", put("optimizer_states.0.state.99", {})),
    ("lr_schedulers", drop("lr_schedulers")),
    ("lr_schedulers", put("lr_schedulers", [])),
    ("lr_schedulers.0", put("lr_schedulers", [3])),
    ("lr_schedulers", put("lr_schedulers.0", {})),
    ("lr_schedulers", put("lr_schedulers.0.step", 3)),
    ("last_epoch", put("lr_schedulers.0.last_epoch", "x")),
    ("base_lrs", put("lr_schedulers.0.base_lrs", [])),
    ("DigitDataModule", put("DigitDataModule", 4)),
    ("DigitDataModule.batches", put("DigitDataModule.batches", -1)),
    ("metrics", put("metrics", [1])),
    ("metrics.val/loss", put("metrics.val/loss", "low")),
    ("stopped", put("stopped", "no")),
    ("sums", put("sums", {"x": {}})),
    ("sums", put("sums", [[1.0]])),
    ("epoch_progress.current.ready", put(f"{LOOP}.epoch_progress.current.ready", 10**9)),
    ("memory_format", put("memory_format", 3)),
    ("memory_format", put("memory_format", "rows")),
    ("trained_weights", put("trained_weights", {"net": torch.zeros(2)})),
    ("hyper_parameters", put("hyper_parameters", 3)),
    ("layers", put("hyper_parameters.model.hidden_sizes", [5])),
]  # fmt: skip


@pytest.mark.parametrize(("said", "change"), ODD, ids=[str(number) for number in range(len(ODD))])
def test_a_part_that_is_missing_or_odd_is_refused(said: str, change: Change, sound: Path, tmp_path: Path) -> None:
    content = read_checkpoint(sound)
    change(content)
    torch.save(content, tmp_path / "odd.ckpt")
    with pytest.raises(UserError) as refusal:
        check_restorable(read_header(tmp_path / "odd.ckpt"), tmp_path / "odd.ckpt")
    assert said in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    with pytest.raises(UserError):
        SafeCheckpointIO().load_checkpoint(tmp_path / "odd.ckpt")


HARMLESS = [
    put("extra", "a word"),
    put("callbacks.Foreign", {"count": 3}),
    put("optimizer_states.0.state", {}),
    put(f"{LOOP}.state_dict", {}),
    put("lr_schedulers.0.last_epoch", 4.0),
    put("optimizer_states.0.param_groups.0.initial_lr", 1),
    drop("metrics"),
    drop("sums"),
    drop("DigitDataModule"),
    put("TheirDataModule", {"epoch": 0.5}),
    put(f"{LOOP}.epoch_loop,batch_progress.current.ready", 2**40),
    put("optimizer_states.0.state.0.step", torch.tensor(float("inf"))),
]


@pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`")
@pytest.mark.parametrize("change", [lambda content: None, *HARMLESS])
def test_what_passes_is_resumed_by_a_real_trainer(change: Change, sound: Path, tmp_path: Path) -> None:
    content = deepcopy(read_checkpoint(sound))
    change(content)
    torch.save(content, tmp_path / "odd.ckpt")
    read_resumable(tmp_path / "odd.ckpt")
    assert fit(tmp_path, tmp_path / "odd.ckpt").current_epoch == 2


def torchs(name: str, **settings: Any) -> dict[str, Any]:
    return {"_target_": f"torch.optim.{name}", "lr": 0.01, **settings}


PAIRS = [
    (torchs("SGD", lr=0.1, momentum=0.9, nesterov=True), "onecycle"),
    (torchs("AdamW", amsgrad=True), "plateau"),
    (torchs("Adam", lr=0.1), "onecycle"),
    (torchs("RMSprop", momentum=0.9, centered=True), "step"),
    *((torchs(name), "cosine") for name in ("NAdam", "RAdam", "Adagrad", "Adadelta", "Adamax", "ASGD", "Rprop")),
    *((torchs(name), None) for name in ("SGD", "LBFGS", "Adafactor")),
]


def test_torchs_one_cycle_of_as_many_steps_as_the_run_is_resumed(tmp_path: Path) -> None:
    cycle = {"_target_": "torch.optim.lr_scheduler.OneCycleLR", "max_lr": 0.1, "total_steps": 8, "interval": "step"}
    trainer = fit(tmp_path, scheduler=cycle)
    trainer.save_checkpoint(tmp_path / "last.ckpt")
    for path in tmp_path.glob("*.ckpt"):
        check_restorable(read_resumable(path), path)


def test_the_kinds_are_those_of_today() -> None:
    assert {kind.__name__ for kind in KINDS} == {*DATA_MODULES}
    assert all(MEMORY_FORMAT.holds(name) for name in MEMORY_FORMATS)


@pytest.mark.parametrize(("optimizer", "scheduler"), PAIRS, ids=str)
def test_no_sound_checkpoint_of_any_optimizer_is_refused(
    optimizer: dict[str, Any], scheduler: str | None, tmp_path: Path
) -> None:
    fit(tmp_path, optimizer=optimizer, scheduler=scheduler and {"_target_": f"digitlab.schedules.{scheduler}"})
    for path in tmp_path.glob("*.ckpt"):
        check_restorable(read_resumable(path), path)
