"""Figures of an epoch."""
