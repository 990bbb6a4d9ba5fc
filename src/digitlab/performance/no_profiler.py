"""The profiler of runs that are not profiled."""

import contextlib

from lightning.pytorch.profilers import Profiler

NOTHING = contextlib.nullcontext()


class Unprofiled(Profiler):
    """Does nothing, at once.

    Lightning asks its profiler fifty times in a step, and its own that does nothing builds a generator each time.
    """

    def profile(self, action_name: str) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        """Return a context that is left as it was entered."""
        return NOTHING

    def start(self, action_name: str) -> None:
        """Do nothing."""

    def stop(self, action_name: str) -> None:
        """Do nothing."""
