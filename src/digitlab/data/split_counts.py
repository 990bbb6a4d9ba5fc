"""How many images a share is; light, so that a share that leaves nothing is refused before torch is loaded."""

from collections.abc import Mapping, Sequence

from digitlab.errors import UserError

LEAST = 2  # images to train on: batch normalisation has no variance over one
MOST_SHOWN = 5  # classes in a line


def split_count(count: int, val_share: float | None) -> int:
    """Return how many of `count` images are kept for validation; at least one stays on each side.

    Args:
        count: Number of images, at least 2.
        val_share: Share kept, in (0, 1); `None` keeps none.
    """
    return 0 if val_share is None else min(max(round(count * val_share), 1), count - 1)


def check_enough(val_share: float | None, left: int, total: int) -> None:
    """Refuse a share for validation that leaves too few of `total` images to train on.

    Raises:
        UserError: With how many it leaves.
    """
    if left < LEAST:
        raise UserError(
            f"data.val_share={val_share} leaves {left} of {total} images to train on; a smaller one, or null, leaves "
            "more"
        )


def check_each_class(counts: Mapping[str, int], shares: Sequence[float | None]) -> None:
    """Refuse classes that are too small to be in every part, which a cut within each class gives one image at least.

    A class without any image is nobody's mistake here: labels may leave some out.

    Args:
        counts: Images of each class, before anything is cut from them.
        shares: What is cut from them, one after the other; `None` cuts nothing.

    Raises:
        UserError: With their names.
    """
    least = 1 + sum(share is not None for share in shares)
    small = {name: count for name, count in counts.items() if 0 < count < least}
    if small:
        raise UserError(
            f"data.stratify=true gives each of {least} parts an image of every class, and of these there are fewer: "
            f"{shortened(small)}; add some, remove the class, or type data.stratify=false"
        )


def shortened(counts: Mapping[str, int]) -> str:
    """Return the first classes with their counts, and how many more there are."""
    some = ", ".join(f"{name} ({count})" for name, count in list(counts.items())[:MOST_SHOWN])
    return some + (f" and {len(counts) - MOST_SHOWN} more" if len(counts) > MOST_SHOWN else "")


def check_processes(count: int, what: str, processes: int) -> None:
    """Refuse more processes than there are images for, before each of them says so in its own way.

    Args:
        count: Number of images.
        what: What is done with them: "train on", "validate on" or "test on".
        processes: Of one training; each takes its share.

    Raises:
        UserError: With the number that is needed.
    """
    each = LEAST if what == "train on" else 1
    if processes > 1 and count < each * processes:
        raise UserError(
            f"trainer.devices: {processes} processes need at least {each * processes} images to {what}, and there are "
            f"{count}; type trainer.devices=1"
        )
