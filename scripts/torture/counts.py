"""How often something was tried, and what went wrong."""


class Count:
    """Counts tries and keeps the faults.

    Args:
        name: What must hold.
    """

    def __init__(self, name: str) -> None:
        self.name, self.tried, self.faults = name, 0, list[str]()

    def add(self, fault: str | None) -> None:
        """Count one try; a fault is shown at once."""
        self.tried += 1
        if fault:
            self.faults.append(fault)
            print(f"  {self.name}: {fault}", flush=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.tried} tried, {len(self.faults)} faults"
