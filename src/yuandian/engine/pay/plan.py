"""What a pay plan may say: inputs, statuses, and components of closed kinds (DESIGN: plans as data).

Amounts are fen, rates parts per million. A plan is one dated version; a change is a new one with its own `from`.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from yuandian.engine.pack import Frozen, Identifier, Label

Text = Annotated[str, Field(min_length=1)]
PlanId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Contract = Literal["agent", "employee"]
Rounding = Literal["half_up", "half_even", "down"]
Unit = Literal["fen", "count"]
Measure = Literal[
    "opening",
    "first_sale",
    "turnover",
    "stock",
    "income",
    "retention",
    "service",
    "compliance",
    "suitability",
    "complaints",
]
"""What an input tells of the work; the law check reads it."""
CONDUCT: tuple[Measure, ...] = ("compliance", "suitability", "complaints")
LASTING: tuple[Measure, ...] = ("stock", "income", "retention", "service")


class Bracket(Frozen):
    """`from` ≤ amount < `to`. The first has no `from` and the last no `to`: together they hold every amount."""

    from_: Annotated[int | None, Field(alias="from")] = None
    to: int | None = None


class FenBracket(Bracket):
    fen: Annotated[int, Field(ge=0)]


class PpmBracket(Bracket):
    ppm: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


FenBrackets = Annotated[tuple[FenBracket, ...], Field(min_length=1)]
PpmBrackets = Annotated[tuple[PpmBracket, ...], Field(min_length=1)]


class Status(Bracket):
    """A level of the ladder; `contract` says under which law it is paid."""

    id: Identifier
    label: Label
    contract: Contract
    source: Text


class Ladder(Frozen):
    """The status follows from one input, unless a person has decided it."""

    by: Identifier
    levels: Annotated[tuple[Status, ...], Field(min_length=1)]


class Input(Frozen):
    """A column of the results."""

    label: Label
    unit: Unit
    measures: Measure


class _Component(Frozen):
    id: Identifier
    label: Label
    source: Text
    for_: Annotated[tuple[Identifier, ...], Field(alias="for")] = ()
    """Statuses to which it is paid; none named: all."""
    rounding: Rounding = "half_up"


class Base(_Component):
    """A monthly amount by the bracket of an input, by days where the month is not whole."""

    kind: Literal["base"]
    of: Identifier
    brackets: FenBrackets


class PerUnit(_Component):
    """An amount for each unit."""

    kind: Literal["per_unit"]
    of: Identifier
    fen: Annotated[int, Field(ge=0)]


class Share(_Component):
    """A share of an amount. Marginal: each slice at its own rate. Whole: all of it at the rate of its bracket."""

    kind: Literal["share"]
    of: Identifier
    mode: Literal["marginal", "whole"]
    brackets: PpmBrackets


class Spread(_Component):
    """A share of a month's spread on an average balance: balance × yearly spread ÷ 12 × share."""

    kind: Literal["spread"]
    of: Identifier
    spread_ppm: Annotated[int, Field(ge=0, le=1_000_000)]
    share_ppm: Annotated[int, Field(ge=0, le=1_000_000)]


class Retention(_Component):
    """An amount by the share that was kept: `kept` of `of`, brackets in ppm."""

    kind: Literal["retention"]
    kept: Identifier
    of: Identifier
    brackets: FenBrackets


class Conduct(_Component):
    """Other components' sum changed by the bracket of an input, such as complaints found justified."""

    kind: Literal["conduct"]
    of: Identifier
    over: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    brackets: PpmBrackets


class Guarantee(_Component):
    """At least this much, by days. `months`: in the first calendar months only, that of joining being one."""

    kind: Literal["guarantee"]
    fen: Annotated[int, Field(gt=0)]
    months: Annotated[int, Field(gt=0)] | None = None


class Cap(_Component):
    """At most this much for the named components together."""

    kind: Literal["cap"]
    fen: Annotated[int, Field(ge=0)]
    over: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class SocialInsurance(_Component):
    """Social insurance and housing fund by the city's table; `of` is the declared wage, without it the month's."""

    kind: Literal["social_insurance"]
    of: Identifier | None = None


class Clawback(_Component):
    """Takes back what is owed, at most `limit_ppm` of the month; the rest is carried to the next."""

    kind: Literal["clawback"]
    of: Identifier | None = None
    limit_ppm: Annotated[int, Field(ge=0, le=1_000_000)]
    rounding: Literal["down"] = "down"  # never a fen above the limit


Component = Annotated[
    Base | PerUnit | Share | Spread | Retention | Conduct | Guarantee | Cap | SocialInsurance | Clawback,
    Field(discriminator="kind"),
]

STAGES: tuple[tuple[str, ...], ...] = (
    ("base", "per_unit", "share", "spread", "retention"),
    ("conduct",),
    ("guarantee", "cap"),
    ("social_insurance",),
    ("clawback",),
)
"""The order of kinds: what is earned, what changes it, its limits, what is deducted."""


class Plan(Frozen):
    """One version of a plan, in force for whole months from the month of `from` until that of `to`."""

    id: PlanId
    label: Label
    pack: Identifier
    from_: Annotated[date, Field(alias="from")]
    to: date | None = None
    city: Identifier
    """Whose minimum wage and contributions apply."""
    inputs: Annotated[dict[Identifier, Input], Field(min_length=1)]
    status: Ladder
    components: Annotated[tuple[Component, ...], Field(min_length=1)]
