"""Which values the settings of data may have."""

from digitlab.cli.schema.types import FLAG, NULL, SEED, TEXT, Rule, above, between, either, many, one_of, whole
from digitlab.data.catalogue import IDX, IMAGE_FOLDER, NAMES

MOST_CLASSES = 65_536  # as many as a layer may have units

DATA_RULES: dict[str, Rule] = {
    "data.dataset": one_of(*NAMES, IDX, IMAGE_FOLDER),
    "data.num_classes": whole(2, MOST_CLASSES),
    "data.mean": between(0, 1, "[]"),
    "data.std": above(0),
    "data.batch_size": whole(1, 1_000_000),
    "data.eval_batch_size": whole(1, 1_000_000),
    "data.val_share": either(between(0, 1), NULL),
    "data.split_seed": SEED,
    "data.shuffle": FLAG,
    "data.stratify": FLAG,
    "data.train_*": TEXT,
    "data.test_share": between(0, 1),
    "data.folder": TEXT,
    "data.classes": either(many(whole(0)), many(TEXT), NULL),
    "data.labels_per_class": either(whole(1), NULL),
    "data.labels_seed": SEED,
    "data.invert": either(FLAG, one_of("auto")),
    "data.workers": either(whole(0), NULL),
    "data.test_*": TEXT,
    "data.download": FLAG,
    "data.timeout_seconds": between(0, 86_400),
}
