"""Which values the settings of our networks may have.

The names of activations, normalisations and initialisations stand in `digitlab.nets` too, which needs torch; a test
holds the two against each other.
"""

from digitlab.cli.schema.types import FLAG, NULL, Rule, between, either, many, one_of, whole

WIDEST = 65_536  # units of a layer; two such layers in a row have 17 GB of weights
DEEPEST = 1202  # layers; the deepest of He and others, 2016
ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid")

MODEL_RULES: dict[str, Rule] = {
    "model.input_size": whole(1),
    "model.num_classes": whole(2, WIDEST),
    "model.hidden_sizes": many(whole(1, WIDEST)),
    "model.hidden_size": whole(0, WIDEST),
    "model.channels": many(whole(1, WIDEST)),
    "model.pool_size": whole(1, 28),
    "model.depths": many(whole(1, 100)),
    "model.depth": Rule(
        f"6 n + 2 in 8..{DEEPEST}, as 8, 14, 20, 26, 32, 44 or 56",
        lambda value: isinstance(value, int) and value in range(8, DEEPEST + 1, 6),
    ),
    "model.residual": FLAG,
    "model.kernel_size": Rule("an odd whole number in 1..27", lambda value: value in range(1, 28, 2)),
    "model.padding": one_of("same", "valid"),
    "model.dropout": between(0, 1, "[)"),
    "model.activation": one_of(*ACTIVATIONS),
    "model.norm": either(one_of("batch"), NULL),
    "model.init": one_of("torch", "kaiming", "xavier"),
}
