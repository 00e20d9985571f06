"""The features that a pack declares, as aggregates within the one pass that the engine makes over each source."""

from datetime import date, timedelta

from yuandian.engine.fields import source_fields, source_rule
from yuandian.engine.pack import Feature, Pack
from yuandian.engine.sql import Sql, literal, name
from yuandian.engine.tables import FLOWS

DATES = {
    "customer_days": "date",
    "contracts": "opened_on",
    "interactions": "occurred_at",
    "events": "occurred_at",
    "accounts": "opened_on",
}
"""The day of a fact of each source: `within_days` and `days_since` go by it."""


def aggregates(pack: Pack, as_of: date) -> dict[str, Sql]:
    """For every source the text that its GROUP BY takes in: `, sum(…) FILTER (WHERE …) AS "id"`."""
    declared = dict.fromkeys(DATES, "")
    for feature in pack.features:
        declared[feature.source] += f",\n        {_aggregate(feature, pack, as_of)} AS {name(feature.id)}"
    return {f"{source}_declared": Sql(text) for source, text in declared.items()}


def columns(pack: Pack) -> Sql:
    """The declared columns of `features`: 0 for a count or a sum of nothing, else empty."""
    return Sql("".join(f"{_column(feature)} AS {name(feature.id)},\n    " for feature in pack.features))


def needs_days(pack: Pack) -> bool:
    """Whether lines must first be summed by day: a maximum, or a condition on sums, is about a day's sums."""
    sums = {column.name for column in FLOWS if column.type in ("integer", "fen")}
    return any(
        feature.aggregate == "max" or source_rule(feature, pack).fields & sums
        for feature in pack.features
        if feature.source == FLOWS.name
    )


def _column(feature: Feature) -> str:
    column = f"{feature.source}.{name(feature.id)}"
    return f"coalesce({column}, 0)" if feature.aggregate in ("count", "sum") else column


def _aggregate(feature: Feature, pack: Pack, as_of: date) -> str:
    day = name(DATES[feature.source])
    where = source_rule(feature, pack).sql()
    if feature.within_days is not None:
        where += f" AND {day} >= {literal(as_of - timedelta(days=feature.within_days - 1))}"
    match feature.aggregate:
        case "days_since":
            return f"date_diff('day', max({day}) FILTER (WHERE {where}), {literal(as_of)})"
        case "max":
            return f"max({_measured(feature)}) FILTER (WHERE {where})"
        case "count" if feature.source != FLOWS.name:
            return f"count(*) FILTER (WHERE {where})"
        case _:
            return f"CAST(sum({_measured(feature)}) FILTER (WHERE {where}) AS BIGINT)"


def _measured(feature: Feature) -> Sql:
    """The column that is summed; transactions are counted by their sums."""
    column = "transactions" if feature.aggregate == "count" else feature.of
    if column is None or source_fields(feature.source).get(column) != "integer":
        raise ValueError(f"feature {feature.id}: {column!r} is no number of {feature.source}")
    return name(column)
