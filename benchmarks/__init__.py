"""Measurements, each a ratio against a named baseline in the same run. `python -m benchmarks`."""
