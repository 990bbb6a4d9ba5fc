"""How many images a share is; light, so that a share that leaves nothing is refused before torch is loaded."""


def split_count(count: int, val_share: float | None) -> int:
    """Return how many of `count` images are kept for validation; at least one stays on each side.

    Args:
        count: Number of images, at least 2.
        val_share: Share kept, in (0, 1); `None` keeps none.
    """
    return 0 if val_share is None else min(max(round(count * val_share), 1), count - 1)
