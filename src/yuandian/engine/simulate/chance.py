"""Seeded chance: named streams, weighted picks and exact shares. Nothing here draws from a global state."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.random import Generator

Choice = TypeVar("Choice", bound=Hashable)

_GRAIN = 1_000_000_000
"""Weights become whole numbers of this grain, so that shares of money need no floating point."""


def stream(seed: int, *names: str) -> Generator:
    """One generator for one concern: what another concern draws never shifts this one."""
    return np.random.default_rng([seed, crc32("/".join(names).encode())])


def pick(rng: Generator, weights: Mapping[Choice, float]) -> Choice:
    """One key, with a chance in proportion to its weight."""
    left = rng.random() * sum(weights.values())
    for choice, weight in weights.items():
        left -= weight
        if left < 0:
            return choice
    return choice


def below(rng: Generator, low: int, high: int) -> int:
    """A whole number from `low` up to, not including, `high`."""
    return int(rng.integers(low, high))


def split(total: int, weights: Sequence[float], *, least: int = 0) -> list[int]:
    """Whole shares of `total`, each at least `least`, that add up to it exactly (largest remainder)."""
    rest = total - least * len(weights)
    if rest < 0:
        raise ValueError(f"{total} cannot give {len(weights)} shares of at least {least}")
    grains = [max(1, round(weight * _GRAIN)) for weight in weights]
    whole = sum(grains)
    shares = [rest * grain // whole for grain in grains]
    by_remainder = sorted(range(len(grains)), key=lambda i: (-(rest * grains[i] % whole), i))
    for i in by_remainder[: rest - sum(shares)]:
        shares[i] += 1
    return [least + share for share in shares]
