"""Which values the keys of `conf/diagnose.yaml` may have."""

from digitlab.cli.schema.types import NULL, TEXT, Rule, above, either, many

DIAGNOSE_RULES: dict[str, Rule] = {
    "checks": either(TEXT, many(TEXT), NULL),
    "mute": either(TEXT, many(TEXT), NULL),
    "budget": above(0),
    "run": either(TEXT, NULL),
}
