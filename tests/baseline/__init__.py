"""A package, so that its `test_layers.py` and `tests/test_layers.py` can be collected side by side."""
