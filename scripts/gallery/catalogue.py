"""All faults of the gallery, by stage, and the half to which each belongs.

Half A is what the rules may be tuned on; half B is kept apart, and is only reported on. They alternate within a stage.
"""

from collections.abc import Sequence

from gallery import data_faults, evaluation_faults, model_faults, optimisation_faults
from gallery.fault import Fault
from gallery.harmless import HARMLESS

FAULTS: tuple[Fault, ...] = (
    *data_faults.FAULTS,
    *model_faults.FAULTS,
    *optimisation_faults.FAULTS,
    *evaluation_faults.FAULTS,
)


def halves() -> dict[str, str]:
    """Return "a" or "b" for the name of each fault."""
    seen: dict[str, int] = {}
    half = {}
    for fault in FAULTS:
        half[fault.name] = "ab"[seen.setdefault(fault.stage, 0) % 2]
        seen[fault.stage] += 1
    return half


def choose(names: Sequence[str] = (), half: str | None = None) -> list[Fault]:
    """Return the faults with these names, or of this half, or all; those that were left out only by name.

    Raises:
        ValueError: If there is none of a name.
    """
    known = {fault.name: fault for fault in (*FAULTS, *HARMLESS)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"there is no fault {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in names] or list(FAULTS)
    return [fault for fault in chosen if half in (None, halves().get(fault.name))]
