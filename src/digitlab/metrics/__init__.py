"""Metrics by configuration, and in which direction each is better."""

from digitlab.metrics.collection import DEFAULT, build_metrics
from digitlab.metrics.direction import direction, with_directions

__all__ = ["DEFAULT", "build_metrics", "direction", "with_directions"]
