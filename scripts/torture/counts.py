"""How often something was tried, and what went wrong."""

from collections.abc import Sequence


class Count:
    """Counts tries and keeps the faults.

    Args:
        name: What must hold.
        note: What else is to be known, for the table; may be set later.
    """

    def __init__(self, name: str, note: str = "") -> None:
        self.name, self.note = name, note
        self.tried, self.faults = 0, list[str]()

    def add(self, fault: str | None) -> None:
        """Count one try; a fault is shown at once."""
        self.tried += 1
        if fault:
            self.faults.append(fault)
            print(f"  {self.name}: {fault}", flush=True)

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.name}: {self.tried} tried, {len(self.faults)} faults{note}"


def table(counts: Sequence[Count]) -> str:
    """Return all counts as lines of three columns and the notes."""
    head = "what must hold"
    width = max(len(head), *(len(count.name) for count in counts))
    rows = [f"{count.name:{width}}  {count.tried:5}  {len(count.faults):6}  {count.note}".rstrip() for count in counts]
    return "\n".join((f"{head:{width}}  tried  faults", *rows))
