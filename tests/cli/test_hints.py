"""The words that a lesson or another program teaches, and what each must bring to mind."""

import inspect

import lightning
import pytest

from digitlab.cli.config_files import ConfigFiles, read
from digitlab.cli.hints import WORDS, key_hint, unknown_option

SYNONYMS, TRAINER_ARGUMENTS = read(WORDS)["synonyms"], read(WORDS)["trainer_arguments"].split()

TABLE = [  # what is typed, the unknown word first; what the hint must contain
    ("train epochs=5", "did you mean trainer.max_epochs?"),
    ("train num_epochs=5", "did you mean trainer.max_epochs?"),
    ("train n_epochs=5", "did you mean trainer.max_epochs?"),
    ("train max_epochs=3", "did you mean trainer.max_epochs?"),
    ("train trainer.epochs=5", "did you mean trainer.max_epochs?"),
    ("train training.epochs=5", "did you mean trainer.max_epochs?"),
    ("train lr=0.01", "did you mean optimizer.lr?"),
    ("train LR=0.01", "did you mean optimizer.lr?"),
    ("train learning_rate=0.01", "did you mean optimizer.lr?"),
    ("train learning-rate=0.01", "did you mean optimizer.lr?"),
    ("train optimizer.learning_rate=0.01", "did you mean optimizer.lr?"),
    ("train optimiser.lr=0.01", "did you mean optimizer.lr?"),
    ("train model.lr=0.01", "did you mean optimizer.lr?"),
    ("train batch_size=64", "did you mean data.batch_size?"),
    ("train batchsize=64", "did you mean data.batch_size?"),
    ("train bs=64", "did you mean data.batch_size?"),
    ("train trainer.batch_size=64", "did you mean data.batch_size?"),
    ("train patience=3", "did you mean callbacks.early_stopping.patience?"),
    ("train early_stopping=3", "did you mean callbacks.early_stopping.patience?"),
    ("train patience=3 scheduler=plateau", "did you mean scheduler.patience or callbacks.early_stopping.patience?"),
    ("train dropout=0.1", "did you mean model.dropout?"),
    ("train drop_rate=0.1", "did you mean model.dropout?"),
    ("train momentum=0.9 optimizer=sgd", "did you mean optimizer.momentum?"),
    ("train momentum=0.9", "optimizer.momentum exists with optimizer=rmsprop or sgd"),
    ("train optimizer.momentum=0.9", "optimizer.momentum exists with optimizer=rmsprop or sgd"),
    ("train weight_decay=0.01", "did you mean optimizer.weight_decay?"),
    ("train wd=0.01", "did you mean optimizer.weight_decay?"),
    ("train gpu=1", "did you mean trainer.accelerator=gpu?"),
    ("train cuda=true", "did you mean trainer.accelerator=gpu?"),
    ("train gpus=2", "did you mean trainer.devices?"),
    ("train devices=2", "did you mean trainer.devices?"),
    ("train device=cuda", "did you mean trainer.accelerator?"),
    ("train accelerator=cpu", "did you mean trainer.accelerator?"),
    ("train workers=4", "data.workers exists with data=image_folder"),
    ("train num_workers=4", "data.workers exists with data=image_folder"),
    ("train data.num_workers=4 data=image_folder", "did you mean data.workers?"),
    ("train clip=1", "did you mean trainer.gradient_clip_val?"),
    ("train max_norm=1", "did you mean trainer.gradient_clip_val?"),
    ("train precision=16", "did you mean trainer.precision?"),
    ("train fp16=true", "did you mean trainer.precision=16-mixed?"),
    ("train amp=true", "did you mean trainer.precision=16-mixed?"),
    ("train hidden_sizes=[64] model=mlp", "did you mean model.hidden_sizes?"),
    ("train hidden_sizes=[64]", "model.hidden_sizes exists with model=mlp; did you mean model.hidden_size?"),
    ("train model.hidden_sizes=[64]", "model.hidden_sizes exists with model=mlp"),
    ("train hidden_size=64 model=mlp", "did you mean model.hidden_sizes?"),
    ("train hidden_sizes=[64] experiment=lesson_mlp", "did you mean model.hidden_sizes?"),
    ("train activation_fn=tanh", "did you mean model.activation?"),
    ("train batch_norm=false", "did you mean model.norm?"),
    ("train weight_init=kaiming", "did you mean model.init?"),
    ("train skip_connections=true model=resnet", "did you mean model.residual?"),
    ("train num_layers=20", "model.depth exists with model=resnet"),
    ("train channels=[1,2,3]", "did you mean model.channels?"),
    ("train filters=[1,2,3]", "did you mean model.channels?"),
    ("train scheduler.patience=3", "scheduler.patience exists with scheduler=plateau"),
    ("train scheduler.foo=3 scheduler=none", "it can be set once scheduler=... is chosen, which may be cosine, none,"),
    ("train gamma=0.1", "scheduler.gamma exists with scheduler=step"),
    ("train warmup_steps=100", "did you mean scheduler.pct_start?"),
    ("train val_split=0.1", "did you mean data.val_share?"),
    ("train random_seed=1", "did you mean seed?"),
    ("train Seed=1", "did you mean seed?"),
    ("train Model=cnn", "did you mean model?"),
    ("train modle=cnn", "did you mean model?"),
    ("train net=cnn", "did you mean model?"),
    ("train dataset=mnist", "did you mean data?"),
    ("train optim=adam", "did you mean optimizer?"),
    ("train optimizers=adam", "did you mean optimizer?"),
    ("train lr_scheduler=step", "did you mean scheduler?"),
    ("train augmentation=affine", "did you mean augment?"),
    ("train degrees=5", "augment.degrees exists with augment=affine or elastic"),
    ("train ema=true", "did you mean averaging=ema?"),
    ("train freeze=true", "did you mean finetuning=frozen?"),
    ("train fine_tune=true", "did you mean finetuning=full?"),
    ("train n_shots=5", "did you mean data.labels_per_class?"),
    ("train finetuning.lr_factor=1", "callbacks.finetuning.lr_factor exists with finetuning="),
    ("train weight_averaging.decay=0.9", "callbacks.weight_averaging.decay exists with averaging=ema"),
    ("train early_stopping.patience=3", "did you mean callbacks.early_stopping.patience?"),
    ("train data_dir=x", "did you mean paths.data_dir?"),
    ("train output_dir=x", "did you mean paths.output_root?"),
    ("train ckpt_path=x", "did you mean resume?"),
    ("train checkpoint=x", "did you mean resume?"),
    ("train limit_train_batches=0.1", "did you mean trainer.limit_train_batches?"),
    ("train max_time=00:01:00:00", "Lightning's Trainer takes it with a plus: +trainer.max_time=..."),
    ("train trainer.max_time=00:01:00:00", "+trainer.max_time=..."),
    ("train val_check_interval=0.5", "+trainer.val_check_interval=..."),
    ("train steps=100", "did you mean trainer.max_steps?"),
    ("train optimizer.lrr=1", "did you mean optimizer.lr?"),
    ("train callbacks.early_stoping.patience=1", "did you mean callbacks.early_stopping.patience?"),
    ("train optimizer.amsgrad=true", "takes a plus: +optimizer.amsgrad=..."),
    ("train model.foo=1", "model=cnn has num_classes, channels, hidden_size, dropout, activation, norm, init;"),
    ("train hydra.foo=1", "--cfg hydra shows the keys of Hydra"),
    ("train experimnt=fast", "did you mean experiment?"),
    ("train model=CNN", "did you mean cnn?"),
    ("train model=cnm", "did you mean cnn?"),
    ("train model=StagedCNN", "did you mean staged_cnn?"),
    ("train optimizer=Adam", "did you mean adam?"),
    ("train optimizer=SGD", "did you mean sgd?"),
    ("train optimizer=torch.optim.AdamW", "did you mean adamw?"),
    ("train scheduler=ReduceLROnPlateau", "did you mean plateau?"),
    ("train scheduler=CosineAnnealingLR", "did you mean cosine?"),
    ("train data=MNIST", "did you mean mnist?"),
    ("train data=FashionMNIST", "did you mean fashion_mnist?"),
    ("train experiment=mlp", "did you mean model=mlp?"),
    ("train model=adam", "did you mean optimizer=adam?"),
    ("eval epochs=5", "did you mean trainer.max_epochs?"),
    ("eval ckpt=x", "did you mean checkpoint?"),
    ("eval weights=x", "did you mean checkpoint?"),
    ("eval gpu=1", "did you mean trainer.accelerator=gpu?"),
    ("baseline learning_rate=1", "did you mean lr?"),
    ("baseline epoch=5", "did you mean epochs?"),
    ("baseline turns=3", "turns exists with experiment=spiral"),
    ("baseline lr=1 experiment=gradcheck", "lr exists with experiment="),
    ("baseline experiment=Spiral", "did you mean spiral?"),
]


@pytest.mark.parametrize(("line", "said"), TABLE, ids=[line for line, _ in TABLE])
def test_the_hint_says_what_to_type(line: str, said: str) -> None:
    command, *typed = line.split()
    key, _, value = typed[0].partition("=")
    files = ConfigFiles(command, typed)
    hint = unknown_option(key, value, files) if key in files.defaults else key_hint(key, files)
    assert hint.startswith(f"{typed[0]} does not exist; " if key in files.defaults else "; ")
    assert said in hint
    assert "\n" not in hint


@pytest.mark.parametrize("key", ["foo", "xyzzy", "a.b.c"])
def test_nothing_is_better_than_a_wild_guess(key: str) -> None:
    assert key_hint(key, ConfigFiles("train", [f"{key}=1"])) == ""


def test_the_table_is_long() -> None:
    assert len({line for line, _ in TABLE}) == len(TABLE) >= 60


def test_the_arguments_of_the_trainer_are_those_of_lightning() -> None:
    assert set(inspect.signature(lightning.Trainer).parameters) == {*TRAINER_ARGUMENTS}


def test_every_synonym_leads_to_something() -> None:
    commands = [ConfigFiles(name) for name in ("train", "eval", "baseline")]
    there = {name for files in commands for name in (*files.defaults, *files.known())}
    there |= {key for files in commands for key, _, _ in files.elsewhere()}
    there |= {f"trainer.{name}" for name in TRAINER_ARGUMENTS}
    for meant in SYNONYMS:
        assert meant.partition("=")[0] in there, meant
