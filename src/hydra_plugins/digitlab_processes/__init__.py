"""Hydra finds the launcher of our sweeps here."""
