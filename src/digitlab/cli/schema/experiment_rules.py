"""Which values the settings of the NumPy experiments may have; they stand at the top, without a section."""

from digitlab.cli.schema.types import FLAG, Rule, above, at_least, between, many, one_of, whole
from digitlab.paths import CONF_DIR

WIDEST = 65_536  # units of a layer
EXPERIMENTS = sorted(path.stem for path in (CONF_DIR / "baseline" / "experiment").glob("*.yaml"))

EXPERIMENT_RULES: dict[str, Rule] = {
    "experiment": one_of(*EXPERIMENTS),
    "check": FLAG,
    "pictures": FLAG,
    "threads": whole(1),
    "dataset": one_of("digits", "mnist"),
    "trace": FLAG,
    "lr": above(0),
    "epochs": whole(1),
    "seeds": whole(1),
    "points": whole(2, 100_000),
    "turns": above(0),
    "step": between(1e-12, 0.1, "[]"),
    "dropout": between(0, 1, "[)"),
    "batch_size": whole(2, 1_000_000),
    "val_share": between(0, 1),
    "noise": at_least(0),
    "steps": whole(1),
    "fresh_seeds": whole(2),
    "rates_per_decade": whole(1, 100),
    "tolerance": above(0),
    "widths": many(whole(1, WIDEST)),
    "width": whole(1, WIDEST),
    "depth": whole(2, 10_000),
    "classes": many(whole(2, WIDEST)),
    "hidden_sizes": many(whole(1, WIDEST)),
    "activation": one_of("relu", "leaky_relu", "sigmoid", "tanh"),
}
