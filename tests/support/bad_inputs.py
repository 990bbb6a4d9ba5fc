"""What people type that cannot work, as a table.

`PLACE` stands for a folder with the files of `bad_files`. Each line names what must be said: the key, or the file.
"""

from importlib.util import find_spec
from typing import NamedTuple

TRAIN, EVAL, BASELINE = "train.py", "eval.py", "baseline.py"


class Bad(NamedTuple):
    """A command that cannot work.

    Attributes:
        typed: The command and its arguments.
        said: What the refusal must name.
        environment: Variables to set, or, with `None`, to remove.
    """

    typed: tuple[str, ...]
    said: tuple[str, ...]
    environment: dict[str, str | None]


def bad(script: str, typed: str, *said: str, **environment: str | None) -> Bad:
    """Return a line of the table; the arguments are separated by spaces."""
    return Bad((script, *typed.split()), said, environment)


VALUES = [
    bad(TRAIN, "data.batch_size=0", "data.batch_size", "1..1000000", "got 0"),
    bad(TRAIN, "data.batch_size=1.5", "data.batch_size", "got 1.5"),
    bad(TRAIN, "data.batch_size=many", "data.batch_size", "got many"),
    bad(TRAIN, "data.val_share=1.5", "data.val_share", "(0, 1)", "got 1.5"),
    bad(TRAIN, "data.dataset=mnits", "data.dataset", "did you mean mnist?"),
    bad(TRAIN, "optimizer.lr=-0.1", "optimizer.lr", "above 0", "got -0.1"),
    bad(TRAIN, "optimizer.lr=nan", "optimizer.lr", "got nan"),
    bad(TRAIN, "optimizer.lr=fast", "optimizer.lr", "got fast"),
    bad(TRAIN, "optimizer.betas=[0.9]", "optimizer.betas", "2 values"),
    bad(TRAIN, "seed=-1", "seed", "0..4294967295", "got -1"),
    bad(TRAIN, "seed=null", "seed", "got null"),
    bad(TRAIN, "seed=1e3", "seed", "got 1000.0"),
    bad(TRAIN, "trainer.max_epochs=0", "trainer.max_epochs", "at least 1"),
    bad(TRAIN, "trainer.max_steps=0", "trainer.max_steps"),
    bad(TRAIN, "trainer.precision=16", "trainer.precision", "bf16-mixed"),
    bad(TRAIN, "trainer.accelerator=tpu", "trainer.accelerator", "one of auto, cpu"),
    bad(TRAIN, "trainer.devices=0", "trainer.devices"),
    bad(TRAIN, "trainer.devices=5000", "trainer.devices", "1..1024"),
    bad(TRAIN, "data=image_folder data.workers=5000", "data.workers", "0..1024"),
    bad(TRAIN, "trainer.strategy=ddq", "trainer.strategy", "did you mean ddp?"),
    bad(TRAIN, "trainer.limit_train_batches=1.5", "trainer.limit_train_batches"),
    bad(TRAIN, "trainer.gradient_clip_val=-1", "trainer.gradient_clip_val"),
    bad(TRAIN, "model=mlp model.dropout=1", "model.dropout", "[0, 1)"),
    bad(TRAIN, "model.channels=8", "model.channels", "a list"),
    bad(TRAIN, "model=mlp model.hidden_sizes=[0]", "model.hidden_sizes"),
    bad(TRAIN, "model=mlp model.hidden_sizes=[1000000]", "model.hidden_sizes", "1..65536"),
    bad(TRAIN, "monitor=loss", "monitor", "val/loss"),
    bad(TRAIN, "label_smoothing=1", "label_smoothing", "[0, 1)"),
    bad(TRAIN, "memory_format=rows", "memory_format", "channels_last"),
    bad(TRAIN, "compile=maybe", "compile", "true or false"),
    bad(TRAIN, "scheduler.pct_start=2", "scheduler.pct_start"),
    bad(TRAIN, "scheduler=plateau scheduler.patience=-1", "scheduler.patience"),
    bad(TRAIN, "checkpoint_every.steps=0", "checkpoint_every.steps"),
    bad(BASELINE, "lr=-1", "lr", "above 0"),
    bad(BASELINE, "threads=0", "threads"),
]
SHAPES = [  # a dictionary where a value is due, a value where a section is, and nothing at all
    bad(TRAIN, "optimizer.lr={a:1}", "optimizer.lr must be a number above 0", "got {'a': 1}"),
    bad(TRAIN, "+optimizer.lr.x=1", "optimizer.lr must be a number above 0", "got {'x': 1}"),
    bad(TRAIN, "seed={}", "seed must be a whole number", "got {}"),
    bad(TRAIN, "trainer.max_epochs={a:1}", "trainer.max_epochs must be"),
    bad(TRAIN, "paths.output_root={a:b}", "paths.output_root must be text"),
    bad(EVAL, "checkpoint={a:1}", "checkpoint must be text"),
    bad(BASELINE, "experiment=xor lr={a:1}", "lr must be a number"),
    bad(TRAIN, "+callbacks.x=1", "callbacks.x must be a section with a _target_", "got 1"),
    bad(TRAIN, "+callbacks.x.foo=1", "callbacks.x must be a section with a _target_", "got {'foo': 1}"),
    bad(TRAIN, "callbacks.progress=true", "callbacks.progress must be a section with a _target_"),
    bad(TRAIN, "+logger.x={}", "logger.x must be a section with a _target_", "got {}"),
    bad(TRAIN, "+metrics.x=f1", "metrics.x must be a section with a _target_"),
    bad(TRAIN, "checkpoint_every=5", "checkpoint_every is a section", "checkpoint_every.seconds=..."),
    bad(TRAIN, "seed=", "seed must be a whole number", "got nothing"),
    bad(TRAIN, "paths.data_dir=", "paths.data_dir must be text", "got nothing"),
    bad(TRAIN, "hydra.run.dir=", "hydra.run.dir must be text", "got nothing"),
    bad(TRAIN, "-m seed=1,2 hydra.sweep.dir=", "hydra.sweep.dir must be text", "got nothing"),
    bad(TRAIN, "resume=", "resume= names no place"),
    bad(TRAIN, "sweep=", "sweep= names no place"),
    bad(TRAIN, "init_from=", "init_from must be text or null", "got nothing"),
    bad(TRAIN, "trainer.max_epochs=-1", "has no end", "scheduler=none"),
    bad(TRAIN, "trainer.limit_test_batches=0", "nothing to test", "test=false"),
    bad(TRAIN, "data=digits data.classes=[1]", "data.classes must be at least 2 labels"),
]
WORDS = [
    bad(TRAIN, "modle=cnn", "modle", "did you mean model?"),
    bad(TRAIN, "optimizer.lrr=1", "optimizer.lrr", "did you mean optimizer.lr?"),
    bad(TRAIN, "model=cnm", "model=cnm", "did you mean cnn?"),
    bad(TRAIN, "model=CNN", "model=CNN", "did you mean cnn?"),
    bad(TRAIN, "epochs=5", "epochs", "did you mean trainer.max_epochs?"),
    bad(TRAIN, "hidden_sizes=[64]", "model.hidden_sizes exists with model=mlp"),
    bad(TRAIN, "trainer.max_time=1", "+trainer.max_time=..."),
    bad(TRAIN, "+lr=0.1", "nothing reads lr", "did you mean optimizer.lr?"),
    bad(TRAIN, "+experiment=fast", "+experiment", "without the plus"),
    bad(TRAIN, "epochs=5 lr=1 seed=-1", "trainer.max_epochs", "optimizer.lr", "got -1"),
    bad(TRAIN, "seed=${oc.env:SEED}", "seed", "got 7 as text", "seed=$NAME", SEED="7"),
    bad(TRAIN, "model.channels=[1,2", "model.channels=[1,2", "key=value"),
    bad(TRAIN, "foo", "foo", "key=value"),
    bad(TRAIN, "--lr=3", "--lr", "key=value"),
    bad(TRAIN, "+seed=1", "seed", "without the plus"),
    bad(TRAIN, "~seed", "~seed", "seed=..."),
    bad(TRAIN, "optimizer=null", "optimizer=null", "one of its options"),
    bad(TRAIN, "seed=1,2", "seed", "-m"),
    bad(TRAIN, "seed=${nothing}", "nothing"),
    bad(TRAIN, "seed=???", "seed", "seed=..."),
    bad(TRAIN, "task=digitlab.tasks.evaluate", "task", "not a configuration key"),
    bad(TRAIN, "paths.output_dir=x", "paths.output_dir", "paths.output_root"),
    bad(TRAIN, "--config-name=nothing", "nothing"),
    bad(TRAIN, "--config-dir=PLACE/nowhere", "nowhere"),
    bad(TRAIN, "paths.data_dir=\udcff", "paths.data_dir", "UTF-8"),
    bad(EVAL, "", "checkpoint", "checkpoint=..."),
    bad(BASELINE, "experiment=nothing", "experiment=nothing", "spiral"),
    bad(BASELINE, "+foo=1", "foo", "experiment=xor"),
]
TOGETHER = [
    bad(TRAIN, "model=mlp model.input_size=100", "model.input_size", "784", "100"),
    bad(TRAIN, "model.num_classes=47", "model.num_classes", "10", "47"),
    bad(TRAIN, "data=digits data.num_classes=5", "data.num_classes", "0..9", "5"),
    bad(TRAIN, "mode=max", "mode", "min", "monitor=val/loss"),
    bad(TRAIN, "model.channels=[1,2]", "model.channels", "three"),
    bad(TRAIN, "model=staged_cnn model.depths=[1]", "model.depths", "[32, 64, 128]"),
    bad(TRAIN, "model=staged_cnn model.channels=[8,8,8,8,8] model.depths=[1,1,1,1,1]", "channels", "28x28"),
    bad(TRAIN, "model=staged_cnn model.padding=valid model.depths=[9,9,9]", "depths", "28x28"),
    bad(TRAIN, "optimizer=sgd optimizer.momentum=0 optimizer.nesterov=true", "optimizer.nesterov", "momentum"),
    bad(TRAIN, "trainer.overfit_batches=1", "trainer.overfit_batches", "data.shuffle=false"),
    bad(TRAIN, "data.val_share=null", "data.val_share", "callbacks"),
    bad(TRAIN, "data=digits data.val_share=0.9999", "data.val_share", "1437"),
    bad(TRAIN, "model=mlp data.batch_size=1", "data.batch_size", "at least 2"),
    bad(TRAIN, "logger.tensorboard=null logger.csv=null", "callbacks.learning_rate_monitor", "logger=none"),
    bad(
        TRAIN,
        "trainer=cpu trainer.precision=16-mixed optimizer.fused=false",
        "trainer.precision",
        "bf16-mixed",
    ),
    bad(TRAIN, "trainer.accelerator=cpu trainer.devices=[0,1]", "trainer.devices", "[0, 1]"),
    bad(TRAIN, "trainer.accelerator=gpu", "trainer.accelerator", "=cpu", CUDA_VISIBLE_DEVICES=""),
    bad(TRAIN, "model._target_=os.system", "model._target_", "digitlab.nets."),
    bad(TRAIN, "model._target_=digitlab.nets.MLQ", "model._target_", "MLQ"),
    bad(TRAIN, "+callbacks.x._target_=os.system", "callbacks.x._target_", "digitlab.callbacks."),
    bad(TRAIN, "+trainer.speed=9", "trainer.speed", "lightning.Trainer"),
    bad(TRAIN, "+model.heads=3", "model.heads", "digitlab.nets.CNN"),
    bad(TRAIN, "data=digits +data.colour=green", "data.colour", "DigitDataModule"),
    bad(TRAIN, "data=digits data.dataset=idx", "data.dataset=idx", "data=idx"),
    bad(BASELINE, "experiment=approximation widths=[8,4]", "widths", "ascend"),
    *([] if find_spec("wandb") else [bad(TRAIN, "logger=wandb", "logger=wandb", "pip install wandb")]),
]
SWEEPS = [
    bad(TRAIN, "-m data.batch_size=8,0", "data.batch_size", "got 0"),
    bad(TRAIN, "-m model=cnn,cnm", "model=cnm", "did you mean cnn?"),
    bad(TRAIN, "-m seed=range(0,0)", "seed=range(0,0)", "at least one"),
    bad(TRAIN, "-m optimizer.lr=interval(0,1)", "optimizer.lr=interval(0,1)", "choice(...)"),
    bad(TRAIN, "-m seed=1,2 trainer.devices=2 hydra/launcher=basic", "trainer.devices", "must be 1"),
    bad(TRAIN, "-m resume=latest", "resume=", "sweep="),
    bad(TRAIN, "sweep=nowhere", "sweep=nowhere", "latest"),
    bad(TRAIN, "sweep=PLACE/run", "sweep=PLACE/run", "sweep.json"),
]
PLACES = [
    bad(TRAIN, "paths.output_root=PLACE/file", "paths.output_root", "PLACE/file", "folder"),
    bad(TRAIN, "paths.output_root=PLACE/file/deeper", "paths.output_root", "PLACE/file", "folder"),
    bad(TRAIN, "paths.output_root=/proc/nowhere", "paths.output_root", "/proc"),
    bad(TRAIN, "paths.output_root='~/runs'", "paths.output_root", "$HOME/runs", HOME=None),
    bad(TRAIN, "paths.output_root=s3://bucket/runs", "paths.output_root", "on this machine"),
    bad(TRAIN, "paths.output_root=PLACE/" + "a" * 300, "paths.output_root", "too long"),
    bad(TRAIN, "paths.data_dir=PLACE/file", "paths.data_dir", "PLACE/file", "folder"),
    bad(TRAIN, "paths.data_dir=http://example.org/mnist", "paths.data_dir", "on this machine"),
    bad(EVAL, "checkpoint=PLACE/run/checkpoints/last.ckpt paths.output_root=PLACE/file", "paths.output_root", "folder"),
    bad(BASELINE, "paths.output_root=PLACE/file", "paths.output_root", "folder"),
]
CHECKPOINTS = [
    bad(EVAL, "checkpoint=nowhere", "checkpoint=nowhere", "latest"),
    bad(EVAL, "checkpoint=latest paths.output_root=PLACE/none", "checkpoint=latest", "PLACE/none"),
    bad(EVAL, "checkpoint=http://example.org/best.ckpt", "checkpoint=http", "on this machine"),
    bad(EVAL, "checkpoint=PLACE/empty-folder", "PLACE/empty-folder", "best.ckpt"),
    bad(EVAL, "checkpoint=PLACE/empty.ckpt", "PLACE/empty.ckpt", "it is empty"),
    bad(EVAL, "checkpoint=PLACE/cut.ckpt", "PLACE/cut.ckpt", "damaged"),
    bad(EVAL, "checkpoint=PLACE/flipped.ckpt", "PLACE/flipped.ckpt", "damaged"),
    bad(EVAL, "checkpoint=PLACE/file", "PLACE/file", "not a checkpoint"),
    bad(EVAL, "checkpoint=PLACE/other.zip", "PLACE/other.zip", "not one that torch has written"),
    bad(EVAL, "checkpoint=PLACE/weights.ckpt", "PLACE/weights.ckpt", "not written by digitlab"),
    bad(EVAL, "checkpoint=PLACE/module.ckpt", "PLACE/module.ckpt", "torch.nn.modules"),
    bad(EVAL, "checkpoint=PLACE/newer.ckpt", "PLACE/newer.ckpt", "newer digitlab"),
    bad(EVAL, "checkpoint=PLACE/other-data.ckpt", "PLACE/other-data.ckpt", "data.dataset", "digits"),
    bad(EVAL, "checkpoint=PLACE/run data=emnist", "PLACE/run", "10 classes", "47"),
    bad(EVAL, "checkpoint='~/nowhere.ckpt'", "checkpoint=~/nowhere.ckpt", HOME=None),
    bad(EVAL, "checkpoint='~nobodyofthename/best.ckpt'", "checkpoint=~nobodyofthename", "home folder"),
    bad(TRAIN, "resume=nowhere", "resume=nowhere", "run directory"),
    bad(TRAIN, "resume=latest paths.output_root=PLACE/none", "resume=latest", "PLACE/none"),
    bad(TRAIN, "resume=PLACE/run seed=1", "PLACE/run", "seed was 42", "now 1"),
    bad(TRAIN, "resume=PLACE/run model=cnn", "model._target_", "digitlab.nets.CNN"),
    bad(TRAIN, "resume=PLACE/no-config", "PLACE/no-config", "config.yaml"),
    bad(TRAIN, "resume=PLACE/bad-config", "PLACE/bad-config", "config.yaml"),
    bad(TRAIN, "resume=PLACE/edited-config", "PLACE/edited-config", "config.yaml", "checksum"),
    bad(TRAIN, "resume=PLACE/run/checkpoints/best.ckpt", "last.ckpt"),
    bad(TRAIN, "init_from=nowhere data=digits model=mlp", "init_from=nowhere", "latest"),
    bad(TRAIN, "data=digits finetuning=frozen", "callbacks.finetuning", "init_from="),
    bad(TRAIN, "data=digits finetuning=staged init_from=PLACE/run trainer.max_epochs=3", "unfreeze_at_epoch", "got 3"),
    bad(TRAIN, "data=digits finetuning=frozen init_from=PLACE/run model=cnn", "init_from=", "model=CNN", "choose"),
    bad(TRAIN, "data=digits model=mlp data.classes=[3,3]", "data.classes", "[3, 3]"),
    bad(TRAIN, "scheduler=none +scheduler.patience=3", "scheduler.patience=3", "scheduler=none has no settings"),
    bad(TRAIN, "augment=none +augment.degrees=3", "augment.degrees=3", "augment=none has no settings"),
    bad(TRAIN, "data=digits model=mlp data.classes=[3,10]", "data.classes", "0..9", "got 10"),
    bad(TRAIN, "data=digits model=mlp data.labels_per_class=900", "data.labels_per_class=900", "or null"),
    bad(EVAL, "checkpoint=PLACE/run data=digits data.classes=[0,1]", "PLACE/run", "10 classes", "has 2"),
    bad(TRAIN, "hydra.run.dir=PLACE/run data=digits", "hydra.run.dir=PLACE/run", "resume=PLACE/run"),
    bad(TRAIN, "resume=PLACE/other-model", "PLACE/other-model", "model.hidden_sizes", "[4]", "[8]"),
    bad(TRAIN, "resume=PLACE/cut-checkpoint", "PLACE/cut-checkpoint", "damaged"),
]
DATA = [
    bad(TRAIN, "data.download=false paths.data_dir=PLACE/none", "PLACE/none", "data=digits"),
    bad(TRAIN, "data.download=false paths.data_dir=PLACE/empty-labels", "train-labels-idx1-ubyte", "empty"),
    bad(TRAIN, "data.download=false paths.data_dir=PLACE/cut-images", "train-images-idx3-ubyte", "header says"),
    bad(TRAIN, "data.download=false paths.data_dir=PLACE/web-page", "t10k-images-idx3-ubyte", "web page"),
    bad(TRAIN, "data.download=false paths.data_dir=PLACE/mnist data.num_classes=9", "data.num_classes", "0..9", "9"),
    bad(TRAIN, "data.download=false paths.data_dir=PLACE/mnist data.val_share=0.999", "data.val_share", "0.999"),
    bad(TRAIN, "data=idx paths.data_dir=PLACE/none", "data.train_images", "does not exist"),
    bad(TRAIN, "data=idx paths.data_dir=PLACE/mnist data.train_images=MNIST/raw/train-labels-idx1-ubyte",
        "data.train_images", "swapped"),
    bad(TRAIN, "data=idx paths.data_dir=PLACE/mnist data.test_labels=MNIST/raw/train-labels-idx1-ubyte",
        "data.test_labels", "belong together"),
    bad(TRAIN, "data.download=false paths.data_dir='PLACE/Zürich'", "Zürich", "data=digits", LC_ALL="C"),
    bad(TRAIN, "data.download=false paths.data_dir='PLACE/Zürich' seed=1", "PYTHONUTF8=1", LC_ALL="C", PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0"),
    bad(BASELINE, "experiment=digits dataset=mnist paths.data_dir=PLACE/none", "paths.data_dir", "PLACE/none"),
]  # fmt: skip
TABLE = (*VALUES, *SHAPES, *WORDS, *TOGETHER, *SWEEPS, *PLACES, *CHECKPOINTS, *DATA)
