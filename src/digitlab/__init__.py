"""digitlab: train, test and understand digit classifiers.

Importing the package loads nothing heavy. Read it from the bottom up: `nets` and `data` first, then
`datamodule` and `module`, then `build`, then `tasks`. Imports point downwards only.
"""

__version__ = "0.1.0"
