"""For the tests of the night: facts as rows, a pack as JSON, one call for a night."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from yuandian.engine.loop import run
from yuandian.engine.pack import Pack
from yuandian.engine.sql import Workspace
from yuandian.engine.tables import TABLES, Column

AS_OF = date(2026, 11, 24)
Row = dict[str, Any]
Facts = Mapping[str, Iterable[Row]]

ARROW = {
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int64(),
    "fen": pa.int64(),
    "ppm": pa.int64(),
    "flag": pa.bool_(),
}
REQUIRED = {"date": date(2020, 1, 1), "timestamp": datetime(2020, 1, 1), "flag": True}


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def at(days: int, hour: int = 10) -> datetime:
    """A moment so many days before the day of the night."""
    return datetime(AS_OF.year, AS_OF.month, AS_OF.day, hour) - timedelta(days=days)


def arrow(facts: Facts) -> dict[str, pa.Table]:
    """Facts as Arrow tables; a required column that a row leaves out gets a value that matters to no test."""
    return {table: _arrow(table, list(rows)) for table, rows in facts.items()}


def _arrow(table: str, rows: list[Row]) -> pa.Table:
    columns = [column for column in TABLES[table] if column.required or any(column.name in row for row in rows)]
    values = {
        column.name: pa.array([_value(column, row, n) for n, row in enumerate(rows)], _type(column, rows))
        for column in columns
    }
    return pa.table(values)


def _value(column: Column, row: Row, number: int) -> Any:
    if column.name in row or not column.required:
        return row.get(column.name)
    choices = {"kind": "card", "channel": "phone", "purpose": "care", "name": "n", "product_id": "current"}
    return REQUIRED.get(column.type, choices.get(column.name, 0 if column.type == "fen" else number))


def _type(column: Column, rows: list[Row]) -> pa.DataType:
    if column.type != "id" or column.name == "product_id":
        return ARROW.get(column.type, pa.string())
    words = any(isinstance(row.get(column.name), str) for row in rows)
    return pa.string() if words else pa.int64()


def night(facts: Facts, pack: Pack, as_of: date = AS_OF) -> Workspace:
    workspace = Workspace.from_arrow(arrow(facts), threads=1)
    run(workspace, pack, as_of, seed=1)
    return workspace


def rows(workspace: Workspace, table: str, *columns: str) -> list[Row]:
    """The table's rows by customer, or by the first two columns; `columns` only if given."""
    found = workspace.arrow(table).to_pylist()
    found.sort(key=lambda row: [str(value).zfill(9) for value in list(row.values())[:3]])
    return [{name: row[name] for name in columns} for row in found] if columns else found


def one(workspace: Workspace, table: str, customer: Any = 1) -> Row:
    """The only row of the customer."""
    (row,) = [row for row in workspace.arrow(table).to_pylist() if row["customer_id"] == customer]
    return row


def label(text: str) -> Row:
    return {"zh": text, "en": text}


def level(identifier: str, when: str = "true") -> Row:
    return {"id": identifier, "label": label(identifier), "when": when}


def feature(identifier: str, source: str, aggregate: str, **more: Any) -> Row:
    return {
        "id": identifier,
        "label": label("f"),
        "unit": "count",
        "source": source,
        "aggregate": aggregate,
        **more,
    }


def playbook(identifier: str, when: str, *, effect_ppm: int = 50_000, **more: Any) -> Row:
    words = {name: label("w") for name in ("label", "chip", "reason")}
    effect = {"ppm": effect_ppm, "low_ppm": -1_000_000, "high_ppm": 1_000_000, "basis": "assumption"}
    return {
        "id": identifier,
        **words,
        "purpose": "care",
        "when": when,
        "channels": ["phone"],
        "minutes": 10,
        "because": ["tenure_days"],
        "scripts": [label("s")],
        "worth": {"fen": 100_000, "why": label("w")},
        "effect": {**effect, "source": label("s")},
        "cool_down_days": 0,
        **more,
    }


def pack(**changes: Any) -> Pack:
    """The plain pack: no levels that matter, no playbooks; `limits` and `values` are merged, the rest replaced."""
    results = ("done", "interested", "later", "declined", "unreached", "complaint")
    plain = {
        "id": "plain",
        "version": "1",
        "label": label("plain"),
        "terms": {},
        "features": [],
        "tiers": [level("any_tier")],
        "stages": [level("any_stage")],
        "segments": [level("any_segment")],
        "playbooks": [],
        "results": [{"id": word, "label": label(word), "reached": word != "unreached"} for word in results],
        "products": [
            {"id": product, "label": label(product), "category": category}
            for product, category in (("current", "cash"), ("fund", "investment"), ("loan", "credit"))
        ],
        "limits": {
            "min_days_between": 0,
            "fatigue_fen": 0,
            "needs_open_account": False,
            "day_begins": "09:00",
            "day_ends": "18:00",
            "minutes_per_day": 60,
            **changes.pop("limits", {}),
        },
        "values": {},
    }
    return Pack.model_validate_json(json.dumps(plain | changes))


def owned(*customers: Any, **facts: list[Row]) -> dict[str, list[Row]]:
    """Customers of RM 1, each of whom allows the phone, and whatever else is given."""
    return {
        "customers": [{"customer_id": customer, "opened_on": ago(1000)} for customer in customers],
        "rms": [{"rm_id": 1, "hired_on": ago(2000)}],
        "ownerships": [{"customer_id": customer, "rm_id": 1, "active_from": ago(500)} for customer in customers],
        "consents": [
            {"customer_id": customer, "channel": "phone", "granted": True, "changed_at": at(400)}
            for customer in customers
        ],
        **facts,
    }
