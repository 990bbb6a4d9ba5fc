"""How a trainer's work can end, in our terms."""

import contextlib
from collections.abc import Iterator

from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException

from digitlab.errors import UserError
from digitlab.system.signals import raise_if_stopped


@contextlib.contextmanager
def our_endings(trainer: Trainer) -> Iterator[None]:
    """Turn what Lightning raises into what the commands know.

    Raises:
        Interrupted: If a signal stopped the trainer.
        KeyboardInterrupt: If a person stopped the trainer; Lightning would exit with the code of a failure.
        UserError: If Lightning finds that settings do not go together, which only it can tell.
    """
    try:
        yield
    except SystemExit:
        raise_if_stopped()  # Lightning's own answer to SIGTERM, between two epochs
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    except MisconfigurationException as error:
        raise UserError(str(error)) from error
