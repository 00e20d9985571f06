"""A branch whose truth is known: demo data, tests of policies, load. Read `world` first."""

from yuandian.engine.simulate.branch import Branch, describe_branch
from yuandian.engine.simulate.world import simulate_branch

__all__ = ["Branch", "describe_branch", "simulate_branch"]
