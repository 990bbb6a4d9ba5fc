"""Objects from plain dictionaries that may come out of a stranger's checkpoint: only from an allow-list.

Hydra's own `instantiate` imports and calls whatever `_target_` names. That is fine for the configuration that
you typed, and not for one that came with a file.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from digitlab.errors import UserError
from digitlab.system.trust import VARIABLE, trusted_prefixes

NETS = ("digitlab.nets.",)
OPTIMIZERS = ("torch.optim.",)
SCHEDULES = ("digitlab.schedules.", "torch.optim.lr_scheduler.")
TRANSFORMS = ("digitlab.transforms.",)
LOSSES = ("torch.nn.",)
METRICS = ("torchmetrics.",)
DATA = ("digitlab.datamodule.",)
ALLOWED = {  # in each section of a configuration, sections within it included
    "model": NETS,
    "optimizer": OPTIMIZERS,
    "scheduler": SCHEDULES,
    "augment": TRANSFORMS,
    "loss": LOSSES,
    "metrics": METRICS,
    "data": DATA,
    "trainer": ("lightning.Trainer", "lightning.pytorch.trainer.", "lightning.pytorch.profilers."),
    "callbacks": ("digitlab.callbacks.", "digitlab.reports.", "lightning.pytorch.callbacks."),
    "logger": ("digitlab.reports.", "lightning.pytorch.loggers."),
}


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


def locate(name: str, allowed: tuple[str, ...], key: str = "") -> Any:
    """Return the class or function called `name`; it must also have been *defined* in an allowed place.

    Otherwise `torch.optim.adam.torch.hub.load` would pass as something of `torch.optim.`: a module's
    namespace holds all that it imports.

    Args:
        name: The full name.
        allowed: As for `safe_instantiate`.
        key: The section that names it, for the refusal.

    Raises:
        UserError: If it is not allowed or does not exist.
    """
    refusal = UserError(not_allowed(key, name, allowed))
    prefix = f"{key}." if key else ""
    module_name, _, attribute = name.rpartition(".")
    if not is_allowed(name, allowed):
        raise refusal
    try:
        target = getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise UserError(f"{prefix}_target_={name} cannot be imported: {error}") from None
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


def is_ours(key: str, section: Mapping[str, Any]) -> bool:
    """Return whether a section configures something of this package or the libraries it depends on.

    Only then do our rules for its keys hold.
    """
    return str(section.get("_target_", "")).startswith(allowed_in(key))


def is_allowed(name: str, allowed: tuple[str, ...]) -> bool:
    """Return whether `name` begins as `allowed` says, or as a person has allowed by hand."""
    return name.startswith((*allowed, *trusted_prefixes()))


def not_allowed(key: str, name: object, allowed: tuple[str, ...]) -> str:
    """Return the refusal of a `_target_`."""
    begin = " or ".join(allowed) or "something on the allow-list, which is empty for this section"
    package = str(name).rpartition(".")[0] or "mylab"
    return (
        f"{key}{'.' if key else ''}_target_={name} is not allowed: it must begin with {begin}; if it is a package of "
        f"your own, type trust={package}, or name it in the environment variable {VARIABLE}"
    )


def check_allowed(config: Mapping[str, Any]) -> None:
    """Refuse the first `_target_` that is not on the allow-list of its section; nothing is imported.

    Raises:
        UserError: With the full key.
    """
    for key, section in targets(config):
        name, allowed = section["_target_"], allowed_in(key)
        if not isinstance(name, str) or not is_allowed(name, allowed):
            raise UserError(not_allowed(key, name, allowed))
