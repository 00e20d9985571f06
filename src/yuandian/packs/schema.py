"""The form of each file of a pack. What the engine reads (`engine.pack`) is made from these by the loader."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from yuandian.engine.pack import (
    Feature,
    Frozen,
    Identifier,
    Label,
    Level,
    Limits,
    Playbook,
    Product,
    Result,
)

Text = Annotated[str, Field(min_length=1)]
Unit = Literal["fen", "days", "count", "ppm", "minutes"]

REQUIRED_TERMS = (
    "customer",
    "rm",
    "leader",
    "branch_manager",
    "branch",
    "outlet",
    "book",
    "assets",
    "touch",
    "tier",
    "stage",
    "segment",
)
"""The words that pages take from the pack instead of writing them."""

ALWAYS_GIVEN = frozenset({"name", "assets_fen", "rm_name", "days_since_contact"})
"""Placeholders that need not stand in `because`: the customer's name, the RM's, and two columns of `states`."""

LONGEST_SCRIPT = 80
"""Characters of a Chinese script (UX.md, section 10); a placeholder counts as six."""


class Header(Frozen):
    """pack.yaml."""

    id: Identifier
    version: Text
    label: Label
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    limits: Limits
    results: Annotated[tuple[Result, ...], Field(min_length=6, max_length=6)]
    categories: dict[Identifier, Label]
    products: Annotated[tuple[Product, ...], Field(min_length=1)]
    transactions: dict[Identifier, Label]
    """Kinds of transaction."""
    events: dict[Identifier, Label]
    """Kinds of event."""
    forbidden: tuple[Text, ...] = ()
    """Words that no script may contain: promises of return, pressure to trade."""


class Dated(Frozen):
    """A value in force from a day on, with where it comes from."""

    from_: Annotated[date, Field(alias="from")]
    value: int
    source: Text


class Value(Frozen):
    """A named number (know/values.yaml). It is as old as its first day: before that the pack has no answer."""

    unit: Unit
    label: Label
    values: Annotated[tuple[Dated, ...], Field(min_length=1)]


class ExtraField(Frozen):
    """A field of the customer that only this industry knows."""

    id: Identifier
    label: Label
    type: Literal["text", "integer", "fen", "date", "flag"]
    aliases: tuple[Text, ...] = ()


class FieldsFile(Frozen):
    """fields.yaml: names under which a column may stand in a file, by kind and column; extra fields."""

    columns: dict[Identifier, dict[Identifier, tuple[Text, ...]]]
    extra: tuple[ExtraField, ...] = ()


class Expected(Frozen):
    """Where a case must come out. `playbooks` are all that fire, in any order."""

    tier: Identifier | None = None
    stage: Identifier | None = None
    segment: Identifier | None = None
    playbooks: tuple[Identifier, ...] | None = None


class Case(Frozen):
    """A situation in words, its features (those not named are unknown), and what must follow."""

    case: Text
    features: dict[Identifier, int | str | bool | None]
    expect: Expected


class CasesFile(Frozen):
    """cases/*.yaml. Values are those in force on `as_of`, of `source` where one is named."""

    as_of: date
    source: Identifier | None = None
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]


class DemoFile(Frozen):
    """demo/branch.yaml: what a made-up branch of this pack looks like."""

    pack: Identifier
    label: Label
    customers: Annotated[int, Field(gt=0)]
    rms: Annotated[int, Field(gt=0)]
    products: dict[Identifier, int]
    """Share of customers that hold the product, in ppm."""
    more: dict[Identifier, Any] = Field(default_factory=dict)


Values = dict[Identifier, Value]
Terms = dict[Identifier, Label]
Features = list[Feature]
Levels = list[Level]
Playbooks = list[Playbook]
