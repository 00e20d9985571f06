"""A demo branch of a pack, from a seed and a day alone."""

from collections.abc import Callable
from datetime import date

import pyarrow as pa

from yuandian.engine.simulate import bank, brokerage
from yuandian.engine.simulate.branch import describe_branch
from yuandian.engine.simulate.tabulate import Facts

_BUILDERS: dict[str, Callable[..., Facts]] = {"brokerage": brokerage.build, "bank": bank.build}


def simulate_branch(pack_id: str, *, as_of: date, seed: int = 1, scale: float = 1.0) -> dict[str, pa.Table]:
    """Fact tables (`tables.FACTS`, every column, rows in key order) of a made-up branch at the end of `as_of`.

    `scale` multiplies the number of customers and is at least 0.2, below which a book has too few customers
    to show anything. Equal arguments give equal tables.
    """
    if scale < 0.2:
        raise ValueError(f"scale is {scale}; it must be at least 0.2")
    branch = describe_branch(pack_id)
    return _BUILDERS[pack_id](branch, as_of=as_of, seed=seed, scale=scale).tables()
