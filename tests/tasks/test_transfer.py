"""Transfer learning: what is frozen stays to the bit, the head is new, and a run resumes across the unfreezing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig

from digitlab.checkpoints.reading import read_checkpoint, restore_datamodule, restore_module
from digitlab.datamodule import DigitDataModule
from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT
from digitlab.tasks import train
from support.running import plain, prepare, result_of, run_evaluation, run_training
from support.states import equal, state_of, weights_of
from support.transfer import HIGH, QUICK, SMALL, changed

Job = Callable[..., DictConfig]
HEADS = {"cnn": "head.5", "mlp": "layers.5", "digit_classifier": "head.4", "staged_cnn": "head.2"}


@pytest.mark.parametrize("model", SMALL)
@pytest.mark.parametrize(
    "more",
    [(), ("optimizer=adamw", "optimizer.weight_decay=0.5"), ("optimizer=sgd", "averaging=ema", "fast_loop=false")],
    ids=["adam", "decay", "averaged"],
)
def test_what_is_frozen_stays_to_the_bit(
    model: str, more: tuple[str, ...], job: Job, source: Callable[..., str]
) -> None:
    trained = source(*SMALL[model])
    cfg = job(*QUICK, *SMALL[model], HIGH, "finetuning=frozen", f"init_from={trained}", *more)
    run_training(cfg)
    before = weights_of(trained, "best")
    assert any(name.endswith("running_var") for name in before)
    own = {f"net.{HEADS[model]}.weight", f"net.{HEADS[model]}.bias"}
    for name in ("best", "last"):
        assert changed(before, weights_of(cfg.paths.output_dir, name)) == own


@pytest.mark.parametrize("unfreeze", [0, 1])
def test_what_is_unfrozen_is_trained(unfreeze: int, job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["cnn"])
    options = ("finetuning=full", f"callbacks.finetuning.unfreeze_at_epoch={unfreeze}", f"init_from={trained}")
    cfg = job(*QUICK, *SMALL["cnn"], HIGH, *options, "trainer.log_every_n_steps=1")
    run_training(cfg)
    before, after = weights_of(trained, "best"), weights_of(cfg.paths.output_dir)
    assert changed(before, after) == before.keys()
    count = next(name for name in before if name.endswith("num_batches_tracked"))
    epoch = -(-int(after[count] - before[count]) // (2 - unfreeze))
    assert int(after[count] - before[count]) == epoch * (2 - unfreeze)  # no batch of the frozen epochs was counted
    rows = (Path(cfg.paths.output_dir) / "metrics.csv").read_text().splitlines()
    assert {"lr/head", "lr/features"} <= set(rows[0].split(","))


def test_the_head_is_new_even_of_as_many_classes(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["mlp"])
    before = weights_of(trained, "best")
    heads = []
    for seed in (1, 1, 2):
        cfg = job(*QUICK, *SMALL["mlp"], HIGH, "finetuning=frozen", f"init_from={trained}", f"seed={seed}")
        module = train.prepare(plain(cfg)).module
        assert changed(before, module.state_dict()) == {"net.layers.5.weight", "net.layers.5.bias"}
        heads.append(module.state_dict()["net.layers.5.weight"])
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])


def test_without_finetuning_weights_are_taken_as_they_are(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["mlp"])
    module = train.prepare(plain(job(*QUICK, *SMALL["mlp"], HIGH, f"init_from={trained}"))).module
    assert changed(weights_of(trained, "best"), module.state_dict()) == set()
    assert "finetuning" not in module.hparams
    with pytest.raises(UserError, match=r"layers\.5\.weight is \[5, 8\] in the file and \[10, 8\] in the model"):
        prepare("train", job(*QUICK, *SMALL["mlp"], "data.download=false", f"init_from={trained}", run="other"))


def test_eval_tests_the_classes_of_the_training(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["cnn"])
    cfg = job(*QUICK, *SMALL["cnn"], "data.classes=[9,5,7]", "finetuning=frozen", f"init_from={trained}", run="new")
    run_training(cfg)
    result = result_of(cfg)
    data = read_checkpoint(Path(cfg.paths.output_dir) / "checkpoints" / "best.ckpt")["hyper_parameters"]["data"]
    assert (data["classes"], data["num_classes"], data["labels_per_class"]) == ([9, 5, 7], 3, None)
    tested = job(f"checkpoint={cfg.paths.output_dir}", name="eval", run="tested")
    run_evaluation(tested)
    assert result_of(tested)["test/acc"] == result["test/acc"]
    with pytest.raises(
        UserError, match=r"knows 3 classes \(mnist\), and .*=mnist has 10; type data\.classes=\[9,5,7\]"
    ):
        prepare("eval", job(f"checkpoint={cfg.paths.output_dir}", "data=mnist", name="eval", run="all"))
    with pytest.raises(UserError, match=r"knows the classes 9, 5, 7, and data\.dataset=mnist has 5, 7, 9; give the fi"):
        prepare(
            "eval",
            job(f"checkpoint={cfg.paths.output_dir}", "data=mnist", "data.classes=[5,7,9]", name="eval", run="o"),
        )


def test_a_checkpoint_of_before_these_settings_loads(job: Job, source: Callable[..., str]) -> None:
    path = Path(source(*SMALL["mlp"])) / "checkpoints" / "best.ckpt"
    content = read_checkpoint(path)
    assert "finetuning" not in content["hyper_parameters"]
    older = {**content, "hyper_parameters": {**content["hyper_parameters"]}}
    older["hyper_parameters"]["data"] = {
        name: value
        for name, value in content["hyper_parameters"]["data"].items()
        if name not in ("classes", "labels_per_class", "labels_seed")
    }
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    assert torch.equal(restore_module(older, path)(images), restore_module(content, path)(images))
    datamodule = restore_datamodule(older, path.parent)
    assert isinstance(datamodule, DigitDataModule)
    assert (datamodule.classes, datamodule.labels_per_class) == (None, None)


STAGED = (
    *SMALL["cnn"], "data.classes=[5,6,7,8,9]", "finetuning=staged", "callbacks.finetuning.unfreeze_at_epoch=2",
    "trainer.max_epochs=4", "data.batch_size=60", "checkpoint_every.steps=1", "callbacks.early_stopping=null",
)  # fmt: skip


@pytest.mark.parametrize("moment", [(1, 2), (2, 1)], ids=["before", "after"])
def test_a_killed_run_resumes_across_the_unfreezing(
    moment: tuple[int, int], job: Job, source: Callable[..., str], tiny_mnist: Path, tmp_path: Path
) -> None:
    trained = source(*SMALL["cnn"])
    whole = job(*QUICK, *STAGED, f"init_from={trained}", run="whole")
    run_training(whole)
    command = [sys.executable, str(PROJECT_ROOT / "src" / "train.py")]
    places = (f"paths.data_dir={tiny_mnist}", f"paths.output_root={tmp_path / 'killed'}", "name=cut", "verbose=false")
    cut = ("+callbacks.kill._target_=support.harms.KillAt", f"+callbacks.kill.moment=[{moment[0]},{moment[1]}]")
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT_ROOT / "tests"),
        "DIGITLAB_ALLOWED_TARGETS": "support.",
    }
    quick = [word for word in (*QUICK, *STAGED) if not word.startswith("data.download")]
    done = subprocess.run(
        [*command, *quick, *places, *cut, f"init_from={trained}"], env=environment, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    (run,) = (tmp_path / "killed" / "train").iterdir()
    (tmp_path / "train" / "source").rename(tmp_path / "gone")  # the weights that it began with are not needed any more
    done = subprocess.run([*command, f"resume={run}"], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    expected, ended = state_of(Path(whole.paths.output_dir)), state_of(run)
    for part, value in expected.items():
        assert equal(value, ended[part]), part


def test_a_resume_with_another_head_is_refused(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["cnn"])
    cfg = job(*QUICK, *STAGED, f"init_from={trained}")
    run_training(cfg)
    cfg.resume = cfg.paths.output_dir
    cfg.callbacks.finetuning.lr_factor = 0.5
    with pytest.raises(
        UserError, match=r"^resume=.* is of another run: callbacks\.finetuning was \{.*0\.1\} there, and"
    ):
        run_training(cfg)
