"""The sick nets and their remedies, as settings of `train.py`: what the suite `remedies` trains."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.symptom_names import CURVE_SPREAD, DEAD, LARGEST, RATIO, TRAIN_ACC, VAL_LOSS

SICK = "sick"
Settings = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One illness.

    Attributes:
        title: What ails the net.
        net: Settings of both sides.
        sick: Those that make it sick; a remedy does without them.
        remedies: Settings of each.
        number: The measure by which the illness is known.
    """

    title: str
    net: Settings
    sick: Settings
    remedies: Mapping[str, Settings]
    number: str

    def contenders(self) -> dict[str, Settings]:
        """Return the settings of the sick net and of each treated one."""
        return {SICK: (*self.net, *self.sick)} | {name: (*self.net, *own) for name, own in self.remedies.items()}


def words(text: str) -> Settings:
    """Return settings written in one string."""
    return tuple(text.split())


DEEP = "model=mlp model.hidden_sizes=[64,64,64,64,64,64,64,64,64,64] model.dropout=0 model.norm=null"
SIGMOID = "model.activation=sigmoid"
THREE = "model=mlp model.hidden_sizes=[128,128,128] model.dropout=0 model.norm=null"
FEW = "model=mlp model.norm=null data.val_share=0.9 trainer.max_epochs=100"
CASES: dict[str, Case] = {
    "vanishing": Case(
        "vanishing gradients: MLP of ten hidden layers, sigmoid",
        words(f"{DEEP} optimizer.lr=0.001 trainer.max_epochs=10"),
        words(SIGMOID),
        {
            "ReLU": words("model.activation=relu"),
            "ReLU, Kaiming": words("model.activation=relu model.init=kaiming"),
            "leaky ReLU, Kaiming": words("model.activation=leaky_relu model.init=kaiming"),
            "tanh, Xavier": words("model.activation=tanh model.init=xavier"),
            "batch norm": words(f"{SIGMOID} model.norm=batch"),
            "residual": words(f"{SIGMOID} model.residual=true"),
            "Xavier alone": words(f"{SIGMOID} model.init=xavier"),
            "clipping": words(f"{SIGMOID} trainer.gradient_clip_val=1.0"),
        },
        RATIO,
    ),
    "depth": Case(
        "plain CNN of 20 layers without batch norm, 2 epochs",
        words("model=resnet model.depth=20 optimizer.lr=0.001 trainer.max_epochs=2"),
        words("model.residual=false model.norm=null"),
        {
            "Kaiming": words("model.residual=false model.norm=null model.init=kaiming"),
            "residual": words("model.residual=true model.norm=null"),
            "batch norm": words("model.residual=false"),
            "batch norm and residual": words("model.residual=true"),
        },
        RATIO,
    ),
    "very_deep": Case(
        "plain CNN of 56 layers with batch norm, 3 epochs",
        words("model=resnet model.depth=56 model.channels=[8,16,32] optimizer.lr=0.001 trainer.max_epochs=3"),
        words("model.residual=false"),
        {"residual": words("model.residual=true")},
        RATIO,
    ),
    "exploding": Case(
        "exploding gradients: residual MLP of ten hidden layers, Kaiming, SGD",
        words(f"{DEEP} model.residual=true model.init=kaiming optimizer=sgd trainer.max_epochs=10"),
        words("optimizer.lr=0.01"),
        {
            "clipping": words("optimizer.lr=0.01 trainer.gradient_clip_val=1.0"),
            "lower rate": words("optimizer.lr=0.0001"),
            "batch norm": words("optimizer.lr=0.01 model.norm=batch"),
            "tanh": words("optimizer.lr=0.01 model.activation=tanh"),
            "torch's weights": words("optimizer.lr=0.01 model.init=torch"),
        },
        LARGEST,
    ),
    "dying": Case(
        "dying ReLUs: MLP of three hidden layers, Adam from a rate of 0.2 down",
        words(f"{THREE} scheduler=cosine trainer.max_epochs=15"),
        words("optimizer.lr=0.2"),
        {
            "leaky ReLU": words("optimizer.lr=0.2 model.activation=leaky_relu"),
            "GELU": words("optimizer.lr=0.2 model.activation=gelu"),
            "batch norm": words("optimizer.lr=0.2 model.norm=batch"),
            "lower rate": words("optimizer.lr=0.001"),
        },
        DEAD,
    ),
    "overfitting": Case(
        "overfitting: MLP on 144 images, 100 epochs",
        words(f"{FEW} optimizer.lr=0.001"),
        words("model.dropout=0"),
        {
            "dropout 0.5": words("model.dropout=0.5"),
            "weight decay 1e-4": words("model.dropout=0 optimizer.weight_decay=1e-4"),
            "weight decay 1e-2": words("model.dropout=0 optimizer.weight_decay=1e-2"),
            "AdamW, weight decay 1": words(
                "model.dropout=0 optimizer=adamw optimizer.lr=0.001 optimizer.weight_decay=1"
            ),
            "less capacity": words("model.dropout=0 model.hidden_sizes=[32]"),
            "augmentation": words("model.dropout=0 augment=affine"),
            "nine times the images": words("model.dropout=0 data.val_share=0.1"),
        },
        VAL_LOSS,
    ),
    "capacity": Case(
        "too little capacity: two hidden units",
        words("model=mlp model.dropout=0 optimizer.lr=0.003 trainer.max_epochs=20"),
        words("model.hidden_sizes=[2]"),
        {"32 units": words("model.hidden_sizes=[32]"), "256 and 128 units": words("model.hidden_sizes=[256,128]")},
        TRAIN_ACC,
    ),
    "schedule": Case(
        "constant rate: MLP, Adam with a rate of 0.03",
        words("model=mlp optimizer.lr=0.03 trainer.max_epochs=20"),
        (),
        {
            "cosine": words("scheduler=cosine"),
            "one cycle": words("scheduler=onecycle"),
            "plateau": words("scheduler=plateau"),
            "step": words("scheduler=step"),
        },
        CURVE_SPREAD,
    ),
    "rate": Case(
        "a rate too low: MLP, Adam with 1e-6",
        words("model=mlp trainer.max_epochs=5"),
        words("optimizer.lr=1e-6"),
        {"rate 1e-3": words("optimizer.lr=1e-3"), "rate 1": words("optimizer.lr=1")},
        TRAIN_ACC,
    ),
    "inputs": Case(
        "inputs in 0..255: plain MLP, SGD",
        words("model=mlp model.dropout=0 model.norm=null optimizer=sgd optimizer.lr=0.01 trainer.max_epochs=5"),
        words("data.mean=0 data.std=0.00392157"),
        {
            "inputs in 0..1": words("data.mean=0 data.std=1"),
            "mean 0, deviation 1": (),
            "batch norm": words("data.mean=0 data.std=0.00392157 model.norm=batch"),
        },
        LARGEST,
    ),
}
