"""Facts out of the database as a file may bring them back: everything goes by its number, times are moments."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from yuandian.engine.tables import Column, Table
from yuandian.records.customers import ContactPoint
from yuandian.records.frames.crossing import MODELS, database_column, has_branch
from yuandian.records.org import Branch

PAGE = 2_000
EXTRA = "extra"


def count_rows(branch: Branch, table: Table) -> int:
    return _of(branch, table).count()


def row_pages(branch: Branch, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of the branch in pages, each row in the order of the table's columns, an empty text as None.

    Each page is a read of its own, so that no read lasts as long as the file takes.
    """
    for part in _parts(_of(branch, table), table):
        rows, last = part.order_by("pk").values_list("pk", *_paths(table)), 0
        while page := list(rows.filter(pk__gt=last)[:PAGE]):
            last = page[-1][0]
            yield [_row(table, row[1:]) for row in page]


def _of(branch: Branch, table: Table) -> QuerySet[Any]:
    """What was taken back is left out: a file could not say that it was."""
    rows = MODELS[table.name]._default_manager.all()
    if table.name == "interactions":
        rows = rows.filter(voided_at__isnull=True)
    if table.name == "customers":
        main = ContactPoint.objects.filter(customer=OuterRef("pk"), kind="phone", is_main=True)
        rows = rows.annotate(phone=Subquery(main.values("value")[:1]))
    return rows.filter(branch=branch) if has_branch(table.name) else rows.filter(customer__branch=branch)


def _parts(rows: QuerySet[Any], table: Table) -> list[QuerySet[Any]]:
    """Customers whom nobody referred come first: whoever refers stands before the referred."""
    if table.name != "customers":
        return [rows]
    return [rows.filter(referrer__isnull=True), rows.filter(referrer__isnull=False)]


def _paths(table: Table) -> list[Any]:
    own = [_path(table, column) for column in table if not column.extra]
    return [*own, F(EXTRA)] if len(own) < len(table.columns) else own


def _path(table: Table, column: Column) -> str:
    return f"{column.name.removesuffix('_id')}__number" if column.refers else database_column(table, column)


def _row(table: Table, values: tuple[Any, ...]) -> tuple[Any, ...]:
    said = values[-1] if any(column.extra for column in table) else {}
    own = iter(values)
    cells = [_extra(said.get(column.name), column) if column.extra else next(own) for column in table]
    return tuple(None if cell == "" else cell for cell in cells)


def _extra(value: Any, column: Column) -> Any:
    """A pack's field as JSON keeps it: days as text."""
    return date.fromisoformat(value) if column.type == "date" and value else value
