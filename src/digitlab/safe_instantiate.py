"""Objects from plain dictionaries that may come out of a stranger's checkpoint: only from an allow-list.

Hydra's own `instantiate` imports and calls whatever `_target_` names. That is fine for the configuration that
you typed, and not for one that came with a file.
"""

import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from digitlab.errors import UserError

NETS = ("digitlab.nets.",)
OPTIMIZERS = ("torch.optim.",)
SCHEDULES = ("digitlab.schedules.",)
TRANSFORMS = ("digitlab.transforms.",)
ALLOWED = {  # in each section of a configuration, sections within it included
    "model": NETS,
    "optimizer": OPTIMIZERS,
    "scheduler": SCHEDULES,
    "augment": TRANSFORMS,
    "data": ("digitlab.datamodule.",),
    "trainer": ("lightning.Trainer", "lightning.pytorch.trainer.", "lightning.pytorch.profilers."),
    "callbacks": ("digitlab.callbacks.", "digitlab.reports.", "lightning.pytorch.callbacks."),
    "logger": ("digitlab.reports.", "lightning.pytorch.loggers."),
}
EXTRA_VARIABLE = "DIGITLAB_ALLOWED_TARGETS"  # a person's own packages: "mylab.nets.,timm.models."


def safe_instantiate(config: Mapping[str, Any], *args: Any, allowed: tuple[str, ...], **kwargs: Any) -> Any:
    """Call what `config["_target_"]` names with its other entries as keyword arguments.

    Args:
        config: `_target_`, the full name of a class or function, and its arguments.
        *args: Positional arguments in front of them.
        allowed: Prefixes of the names that may be called; those in the environment variable
            DIGITLAB_ALLOWED_TARGETS, separated by commas, are allowed as well.
        **kwargs: Further arguments, not overridable by `config`.

    Raises:
        UserError: If the target is not allowed, does not exist, or refuses its arguments.
    """
    name = str(config.get("_target_"))
    arguments = {key: value for key, value in config.items() if key != "_target_"}
    target = locate(name, allowed)
    try:
        return target(*args, **arguments, **kwargs)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise UserError(f"{name} refuses its arguments: {error}") from error


def locate(name: str, allowed: tuple[str, ...]) -> Any:
    """Return the class or function called `name`; it must also have been *defined* in an allowed place.

    Otherwise `torch.optim.adam.torch.hub.load` would pass as something of `torch.optim.`: a module's
    namespace holds all that it imports.

    Raises:
        UserError: If it is not allowed or does not exist.
    """
    refusal = UserError(not_allowed("", name, allowed))
    module_name, _, attribute = name.rpartition(".")
    if not is_allowed(name, allowed):
        raise refusal
    try:
        target = getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise UserError(f"_target_ {name!r} does not exist: {error}") from None
    if not callable(target) or not is_allowed(f"{getattr(target, '__module__', '')}.", allowed):
        raise refusal
    return target


def targets(config: Any, key: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every section with a `_target_`, as its dotted key and its settings."""
    if isinstance(config, Mapping):
        if config.get("_target_") is not None:
            yield key, config
        for name, value in config.items():
            yield from targets(value, f"{key}.{name}" if key else str(name))
    elif isinstance(config, list | tuple):
        for number, value in enumerate(config):
            yield from targets(value, f"{key}.{number}" if key else str(number))


def allowed_in(key: str) -> tuple[str, ...]:
    """Return what the `_target_` of the section `key` ("callbacks.progress") must begin with; empty for none at all."""
    return ALLOWED.get(key.partition(".")[0], ())


def is_allowed(name: str, allowed: tuple[str, ...]) -> bool:
    """Return whether `name` begins as `allowed` says, or as a person has allowed by hand."""
    extra = (prefix.strip() for prefix in os.environ.get(EXTRA_VARIABLE, "").split(","))
    return name.startswith(allowed + tuple(prefix for prefix in extra if prefix))


def not_allowed(key: str, name: object, allowed: tuple[str, ...]) -> str:
    """Return the refusal of a `_target_`."""
    begin = " or ".join(allowed) or "something on the allow-list, which is empty for this section"
    return (
        f"{key}{'.' if key else ''}_target_={name} is not allowed: it must begin with {begin}; allow your own package "
        f"by listing its prefix in the environment variable {EXTRA_VARIABLE}"
    )
