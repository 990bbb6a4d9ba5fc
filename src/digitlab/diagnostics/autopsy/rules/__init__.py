"""The rules for runs that are over, one a file, named by code: `dl901_ended.py` defines `RULE`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from digitlab.diagnostics.result import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of the codes."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name.startswith("dl"))
    return tuple(import_module(f"{__name__}.{name}").RULE for name in names)
