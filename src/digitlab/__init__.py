"""digitlab: train, test and understand digit classifiers.

From a notebook: `from digitlab import compose, train, evaluate, diagnose, load_model`. Importing the package loads
nothing heavy; each of these loads what it needs when it is first used. Read the code from the bottom up: `nets` and
`data` first, then `datamodule` and `module`, then `build`, then `tasks`. Imports point downwards only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitlab.notebook import compose, diagnose, evaluate, load_model, train

__version__ = "0.1.0"
__all__ = ["compose", "diagnose", "evaluate", "load_model", "train"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from digitlab import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
