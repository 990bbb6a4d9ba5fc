"""Optimizers: each a pure update, the formula of its paper, under a thin class that keeps the state.

Formulas, defaults and the position of epsilon are torch's, which differ from some papers and from other libraries; the
docstrings say where. Same gradients in, same weights out, to the last few bits.
"""

from digitlab.baseline.optimizers.adagrad import Adagrad
from digitlab.baseline.optimizers.adam import Adam, AdamW
from digitlab.baseline.optimizers.base import Optimizer
from digitlab.baseline.optimizers.rmsprop import RMSprop
from digitlab.baseline.optimizers.sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop"]
