"""Published faults that were tried and left out of the gallery: they cost nothing that can be measured here.

On the MLPs none of them was worse than its twin by two standard errors and a point, over 3 seeds on 27 November 2026.
They are measured as the others are: `python scripts/benchmark.py doctor --parts harm --faults margin_loss`.
"""

from gallery.fault import OURS, PLAIN, Fault
from gallery.makers import dictionaries, tuples
from gallery.origins import deepcrime, ivanov, karpathy, taxonomy, umlaut
from gallery.sick_modules import TrainsInEvaluation

SGD = ("optimizer=sgd", "optimizer.lr=0.05", "scheduler=none")

HARMLESS = (
    Fault(
        "margin_loss", ("DL204",), deepcrime("LCH, change loss function"),
        "a hinge loss instead of the cross-entropy",
        overrides=("loss=margin",),
    ),
    Fault(
        "tanh_units", ("DL213",), deepcrime("ACH, change activation function"),
        "tanh instead of ReLU",
        overrides=("model.activation=tanh",),
    ),
    Fault(
        "log_softmax_before_loss", ("DL203",), umlaut("missing or redundant softmax before the loss"),
        "a log-softmax before the cross-entropy, which takes another: it changes nothing",
        overrides=("model=squashed", "model.kind={net}", "model.by=log_softmax"),
    ),
    Fault(
        "no_validation", ("DL108",), deepcrime("VRM, remove validation set"),
        "all images are trained on",
        base=OURS, overrides=("data.val_share=null", "monitor=train/loss"),
    ),
    Fault(
        "epsilon_too_small", ("DL303",), taxonomy("epsilon for Adam optimiser"),
        "an epsilon of 1e-16",
        overrides=("optimizer.eps=1e-16",),
    ),
    Fault(
        "no_momentum", ("DL303",), deepcrime("OCH, change optimisation function"),
        "SGD without momentum, at a rate of its own",
        base=(*PLAIN, *SGD), overrides=("optimizer.momentum=0", "optimizer.lr=0.3"),
    ),
    Fault(
        "not_shuffled", ("DL110",), taxonomy("missing preprocessing step: data shuffling"),
        "the same order every epoch, of images that lie in no order",
        base=OURS, overrides=("data.shuffle=false",),
    ),
    Fault(
        "weak_decay", ("DL304",), deepcrime("RCW, change weights regularisation"),
        "a weight decay of 0.0001",
        base=OURS, overrides=("optimizer.weight_decay=0.0001",),
    ),
    Fault(
        "not_clipped", ("DL306",), deepcrime("OCG, change gradient clip"),
        "no clipping",
        base=OURS, overrides=("trainer.gradient_clip_val=null",),
    ),
    Fault(
        "no_dropout", ("DL216",), taxonomy("missing dropout layer"),
        "no dropout",
        base=OURS, overrides=("model.dropout=0.0",),
    ),
    Fault(
        "no_bias", ("DL206",), deepcrime("WRB, remove bias from layer"),
        "layers without bias",
        overrides=("model.bias=false",),
    ),
    Fault(
        "bytes_into_batch_norm", ("DL101",), ivanov("12. standardize the features"),
        "grey levels of 0 to 255 into a layer that batch norm follows",
        base=OURS, overrides=("data.mean=0", "data.std=0.00392156862745098"),
    ),
    Fault(
        "trains_in_evaluation_mode", ("DL501",), karpathy(2, "you forgot to toggle train/eval mode for the net"),
        "evaluation mode is left on while it trains, so nothing is dropped",
        maker=dictionaries, arguments={"module": TrainsInEvaluation},
    ),
    Fault(
        "thousand_outputs", ("DL202",), taxonomy("wrong defined output shape"),
        "ImageNet's thousand outputs for ten classes",
        maker=tuples, arguments={"net": {"num_classes": 1000}},
    ),
    Fault(
        "patience_of_none", ("DL308",), deepcrime("RCP, change early stopping patience"),
        "training ends with the first epoch that is no better",
        base=OURS,
        overrides=(
            "+callbacks.stop._target_=lightning.pytorch.callbacks.EarlyStopping", "+callbacks.stop.monitor=val/loss",
            "+callbacks.stop.patience=1",
        ),
    ),
)  # fmt: skip
