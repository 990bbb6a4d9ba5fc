"""Faults of evaluation, of what is learnt for others' images, and of speed."""

from gallery.fault import PLAIN, Fault
from gallery.makers import dictionaries, hard_dictionaries, hard_tuples, normalised, tuples
from gallery.origins import ivanov, karpathy, taxonomy, umlaut
from gallery.sick_modules import (
    AccuracyOfRightSize,
    AccuracyOnTraining,
    BinaryAccuracy,
    LearnsFromValidation,
    ValidatesByOwnStatistics,
    ValidatesInTraining,
)

FAULTS = (
    Fault(
        "validates_in_training_mode", ("DL501",), karpathy(2, "you forgot to toggle train/eval mode for the net"),
        "validation drops features as training does",
        maker=hard_dictionaries, arguments={"module": ValidatesInTraining}, harm="reported",
    ),
    Fault(
        "validates_by_own_statistics", ("DL501", "DL502"), ivanov("32. switch from train to test mode"),
        "batch norm takes the statistics of validation batches, and keeps them",
        maker=normalised, arguments={"module": ValidatesByOwnStatistics}, harm="reported",
    ),
    Fault(
        "dropout_is_always_on", ("DL501", "DL502", "DL504"),
        "torch's documentation of functional.dropout: training defaults to True",
        "functional dropout is not told when it evaluates",
        overrides=("model=always_dropout", "model.kind={net}", "model.share=0.8"),
    ),
    Fault(
        "learns_from_validation", ("DL502",), taxonomy("incorrect train/test data split"),
        "the validation step steps the optimizer",
        maker=hard_dictionaries, arguments={"module": LearnsFromValidation}, harm="reported",
    ),
    Fault(
        "binary_accuracy", ("DL503",), "Stack Overflow 42081257: binary_crossentropy and categorical_crossentropy",
        "each class of each image counts as a question of yes or no",
        maker=hard_tuples, arguments={"module": BinaryAccuracy}, harm="reported",
    ),
    Fault(
        "accuracy_by_wrong_count", ("DL503",), taxonomy("wrong performance metric"),
        "right answers are divided by another number than there are images",
        maker=tuples, arguments={"module": AccuracyOfRightSize}, harm="reported",
    ),
    Fault(
        "accuracy_of_training_images", ("DL503",), taxonomy("missing validation set"),
        "the accuracy of the training batches is logged as validation's",
        maker=hard_tuples, arguments={"module": AccuracyOnTraining}, harm="reported",
    ),
    Fault(
        "unseeded", ("DL504",), "PyTorch's notes on reproducibility: generators of other libraries",
        "noise comes from a generator that the clock has seeded",
        overrides=("model=unseeded", "model.kind={net}"), harm="repeatable",
    ),
    Fault(
        "label_in_a_corner", ("DL113", "DL602", "DL111", "DL108"),
        "Kapoor and Narayanan, Leakage and the Reproducibility Crisis, 2023",
        "training images carry their label in a corner, validation images do not",
        base=(*PLAIN, "data=tensors", "data.shift=2"), overrides=("data.spoil=label_in_corner",),
    ),
    Fault(
        "memorises", ("DL602", "DL112"), umlaut("possible overfitting"),
        "a hundred and fifty images and nothing that holds the network back",
        maker=hard_tuples, arguments={"data": {"train_count": 150}},
    ),
    Fault(
        "slow_loader", ("DL701",), "PyTorch's performance tuning guide: asynchronous data loading",
        "each image takes two milliseconds to be read",
        maker=dictionaries, arguments={"data": {"wait": 0.002}}, harm="seconds",
    ),
    Fault(
        "slow_loader_by_hand", ("DL701",), taxonomy("wrongly implemented data batching"),
        "each pixel passes through Python",
        maker=dictionaries, arguments={"data": {"by_pixel": True}}, harm="seconds",
    ),
)  # fmt: skip
