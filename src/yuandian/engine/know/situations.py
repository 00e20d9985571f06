"""Know: what is the case with every customer at the end of the day (requirement K5).

The text of the work: known.sql (what was known), features.sql (one row a customer), levels.sql (tier, stage,
segment).
"""

import calendar
from collections.abc import Iterable
from pathlib import Path

from yuandian.engine.fields import LEVELS, condition, feature_fields
from yuandian.engine.know import declared
from yuandian.engine.pack import Level, Pack
from yuandian.engine.sql import Night, Sql, Workspace, days, fill, literal, name
from yuandian.engine.tables import CHANNELS

CONSENTED = tuple(channel for channel in CHANNELS if channel not in ("visit", "counter"))
"""Channels that need the customer's consent: a visit is arranged by one of them, the counter is open."""


def know(workspace: Workspace, night: Night) -> None:
    """Make `situations`, one row a customer of the day, and `features`, the columns of it that are public.

    `situations` has beside them tier, stage and segment, and with an underscore the owner and the channels that
    the customer allows. `attempts` has a row for every customer and playbook: the days since we last tried.
    """
    calendar_days = days(night.as_of)
    workspace.run(_text("known"), **calendar_days, **_known(night.pack))
    features = fill(_text("features"), **calendar_days, **_features(night))
    workspace.run(_text("levels"), features=features, **_levels(night.pack))


def _text(stage: str) -> str:
    return (Path(__file__).parent / f"{stage}.sql").read_text(encoding="utf-8")


def _known(pack: Pack) -> dict[str, Sql]:
    reached = (literal(result.id) for result in pack.results if result.reached)
    return {
        "reached": _list(reached) or literal(None),
        "flows": name("customer_days" if declared.needs_days(pack) else "flows"),
        "consents": _list(_consent(channel) for channel in CONSENTED),
    }


def _consent(channel: str) -> str:
    """Granted if the last yes on the channel is later than the last no."""
    last = f"max(changed_at) FILTER (WHERE channel = {literal(channel)} AND"
    return f"coalesce({last} granted) > {last} NOT granted), {last} granted) IS NOT NULL) AS _may_{channel}"


def _features(night: Night) -> dict[str, Sql | int]:
    year = night.as_of.year
    numbers = {literal(result.id): literal(n) for n, result in enumerate(night.pack.results, start=1)}
    categories = {literal(product.id): literal(product.category) for product in night.pack.products}
    return {
        "year": year,
        "february": calendar.monthrange(year, 2)[1],
        "next_february": calendar.monthrange(year + 1, 2)[1],
        "result_numbers": _cases(numbers.items()),
        "result_names": _cases((number, result) for result, number in numbers.items()),
        "categories": _cases(categories.items()),
        "declared": declared.columns(night.pack),
        "consented": _list(f"coalesce(consents._may_{channel}, FALSE) AS _may_{channel}" for channel in CONSENTED),
        **declared.aggregates(night.pack, night.as_of),
    }


def _levels(pack: Pack) -> dict[str, Sql]:
    columns = ("customer_id", *feature_fields(pack))
    levels = (pack.tiers, pack.stages, pack.segments)
    return {
        "columns": _list(name(column) for column in columns),
        **{f"{kind}s": _first(pack, levels[seen], seen) for seen, kind in enumerate(LEVELS)},
    }


def _first(pack: Pack, levels: tuple[Level, ...], seen: int) -> Sql:
    return _cases((condition(level.when, pack, levels=seen), literal(level.id)) for level in levels)


def _cases(pairs: Iterable[tuple[str, str]]) -> Sql:
    """The branches of a CASE; one that never holds where there are none."""
    return Sql(" ".join(f"WHEN {when} THEN {then}" for when, then in pairs) or "WHEN NULL THEN NULL")


def _list(texts: Iterable[str]) -> Sql:
    return Sql(",\n    ".join(texts))
