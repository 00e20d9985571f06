"""Reads and inserts of nearly every request: Django writes their SQL once, afterwards only values are bound.

Writing the SQL of a small statement costs several times what the database needs to carry it out.
"""

from collections.abc import Callable, Mapping
from copy import copy
from functools import cache, cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model, QuerySet, Value

Row = TypeVar("Row")
New = TypeVar("New", bound=Model)


class Given(Value):
    """The place of a value that comes with the call, by name."""

    def as_sql(self, *_: Any, **__: Any) -> Any:
        return "%s", [self]


class _Written(NamedTuple):
    rows: QuerySet[Any, Any]
    compiler: Any
    sql: str
    places: tuple[Any, ...]
    converters: Mapping[int, Any]


class Prepared(Generic[Row]):
    """`Prepared(lambda: Rows.objects.filter(day=Given("day")))(day=today)` is the list of rows."""

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build

    @cached_property
    def _written(self) -> _Written:
        rows = self._build()
        compiler: Any = rows.query.get_compiler(using=rows.db)
        sql, places = compiler.as_sql()
        return _Written(
            rows, compiler, sql, tuple(places), compiler.get_converters([each[0] for each in compiler.select])
        )

    def __call__(self, **given: Any) -> list[Row]:
        known = self._written
        rows: Any = known.rows.all()
        compiler = copy(known.compiler)
        compiler.connection = connections[rows.db]
        bind = compiler.connection.ops.adapt_unknown_value
        values = [bind(given[place.value]) if isinstance(place, Given) else place for place in known.places]
        compiler.as_sql = lambda *_: (known.sql, values)
        compiler.get_converters = lambda _: known.converters
        rows.query.get_compiler = lambda *_, **__: compiler
        found: list[Row] = list(rows)
        return found


@cache
def _insertion(model: type[Model], *, has_id: bool) -> "tuple[str, list[Field[Any, Any]]]":
    meta: Any = model._meta
    name = connection.ops.quote_name
    fields = [field for field in meta.local_concrete_fields if has_id or field is not meta.auto_field]
    columns = ", ".join(name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    key = name(meta.pk.column)
    return f"INSERT INTO {name(meta.db_table)} ({columns}) VALUES ({places}) RETURNING {key}", fields


def insert(row: New) -> New:
    """Write a new row, as its `save` would, and give it its id unless it has one."""
    sql, fields = _insertion(type(row), has_id=row.pk is not None)
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])
        [row.pk] = cursor.fetchone()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001  as `save` does
    return row
