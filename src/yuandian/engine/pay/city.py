"""What law and city set, resolved for a month: minimum wage, contributions, limit of deductions."""

from datetime import date
from typing import Annotated

from pydantic import Field

from yuandian.engine.pack import Frozen, Identifier, Label

Ppm = Annotated[int, Field(ge=0, le=1_000_000)]
Fen = Annotated[int, Field(ge=0)]


class Contribution(Frozen):
    """One insurance, or the housing fund: rates on the wage between floor and ceiling; `extra_fen` beside it."""

    id: Identifier
    label: Label
    floor_fen: Fen
    ceiling_fen: Fen
    employee_ppm: Ppm
    employer_ppm: Ppm
    extra_fen: Fen = 0
    """A fixed amount that the employee pays on top."""


class CityRates(Frozen):
    """In force in one month."""

    city: Identifier
    minimum_wage_fen: Fen
    minimum_is_net: bool
    """Whether the minimum must remain after the employee's contributions."""
    deduction_limit_ppm: Ppm
    conduct_counts_in: tuple[Identifier, ...] = ()
    """Packs in which pay must not hang on accounts and volume alone."""
    contributions: tuple[Contribution, ...]
    since: date
    """First day of the contributions' table."""
