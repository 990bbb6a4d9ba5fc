"""Which values the keys of the doctor may have, in `conf/diagnose.yaml` and in `conf/train.yaml`."""

from digitlab.cli.schema.types import FLAG, NULL, TEXT, Rule, above, either, many

DIAGNOSE_RULES: dict[str, Rule] = {
    "checks": either(TEXT, many(TEXT), NULL),
    "mute": either(TEXT, many(TEXT), NULL),
    "budget": above(0),
    "run": either(TEXT, NULL),
    "doctor": FLAG,
    "find_lr": FLAG,
}
