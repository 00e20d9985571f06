"""A read that every request asks: Django writes its SQL once, afterwards only the values are bound.

Writing the SQL of a small read costs several times what the database needs to answer it.
"""

from collections.abc import Callable, Mapping
from copy import copy
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connections
from django.db.models import QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


class Given(Value):
    """The place of a value that comes with the call, by name."""

    def as_sql(self, _compiler: SQLCompiler, _connection: object) -> tuple[str, list[Any]]:
        return "%s", [self]


class _Written(NamedTuple):
    rows: QuerySet[Any, Any]
    compiler: SQLCompiler
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
        compiler = rows.query.get_compiler(using=rows.db)
        sql, places = compiler.as_sql()
        return _Written(
            rows, compiler, sql, tuple(places), compiler.get_converters([each[0] for each in compiler.select])
        )

    def __call__(self, **given: Any) -> list[Row]:
        known = self._written
        rows, compiler, connection = known.rows.all(), copy(known.compiler), connections[known.rows.db]
        bind = connection.ops.adapt_unknown_value
        values = [bind(given[place.value]) if isinstance(place, Given) else place for place in known.places]
        compiler.connection = connection
        compiler.as_sql = lambda *_: (known.sql, values)
        compiler.get_converters = lambda _: known.converters
        rows.query.get_compiler = lambda *_, **__: compiler
        return list(rows)
