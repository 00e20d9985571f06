"""What the conditions of a pack may name, and of which type. Used by the stages and by whoever checks a pack."""

from collections.abc import Iterable

from yuandian.engine.pack import Feature, Pack
from yuandian.engine.rules import FieldType, Rule, parse
from yuandian.engine.sql import Sql
from yuandian.engine.tables import FEATURES, FLOWS, TABLES, Column, Type

_FIELD_TYPES: dict[Type, FieldType] = {
    "code": "text",
    "text": "text",
    "date": "date",
    "timestamp": "date",
    "integer": "integer",
    "fen": "integer",
    "ppm": "integer",
    "flag": "flag",
}
LEVELS = ("tier", "stage", "segment")
"""Stages may name the tier, segments the tier and the stage, playbooks all three."""


def feature_fields(pack: Pack) -> dict[str, FieldType]:
    """Every column of `features`: the engine's and the pack's own.

    Raises ValueError where the pack declares a name twice or one that the engine gives.
    """
    fields = _fields(column for column in FEATURES)
    for feature in pack.features:
        if feature.id in fields or feature.id in (*LEVELS, *FEATURES.names):
            raise ValueError(f"feature {feature.id} of pack {pack.id} is there already: give it another name")
        fields[feature.id] = "integer"
    return fields


def source_fields(source: str) -> dict[str, FieldType]:
    """The columns of a fact table that a declared feature's `where` and `of` may name; moments as days."""
    table = FLOWS if source == FLOWS.name else TABLES[source]
    # `date` is a word of the condition language; within_days says it.
    named = _fields(column for column in table.decisive if column.name != "date")
    # The product is an id, but of the pack: always text.
    return named | ({"product_id": "text"} if "product_id" in table.names else {})


def condition(text: str, pack: Pack, *, levels: int = 0) -> Sql:
    """SQL of a condition over the features, the pack's values and the first `levels` of tier, stage, segment."""
    fields = feature_fields(pack) | dict.fromkeys(LEVELS[:levels], "text")
    return Sql(parse(text, fields, pack.values).sql())


def source_rule(feature: Feature, pack: Pack) -> Rule:
    """A declared feature's `where`; always true where it has none."""
    return parse(feature.where or "true", source_fields(feature.source), pack.values)


def _fields(columns: Iterable[Column]) -> dict[str, FieldType]:
    return {column.name: _FIELD_TYPES[column.type] for column in columns if column.type in _FIELD_TYPES}
