"""A source becomes DuckDB SQL: one query for each table of facts, over raw tables of texts.

A raw table is called as in the source's `files`, holds every column as VARCHAR and `_row`, the number of the
data row in its file, counting from 1. The queries yield VARCHAR in canonical form (2026-11-24,
2026-11-24T00:00:00, whole minor units) ready for the ordinary checks of an import. Nothing is dropped here: what
cannot be read comes out as it stood, or as text that no check accepts, and what is not found comes out as NULL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from yuandian.engine.pack import Label
from yuandian.engine.tables import KINDS
from yuandian.packs.source import (
    AddMonths,
    BirthYymmdd,
    Choose,
    Code,
    Constant,
    Copy,
    DateYymmdd,
    Lookup,
    Money,
    Nothing,
    Prefix,
    RunningTotal,
    Source,
    SourceTable,
    TimestampYymmdd,
    Transform,
    texts,
)


@dataclass(frozen=True)
class Production:
    """One query. `_row` of its rows counts in `file`; `choices` are all texts that a column may hold.

    An import rejects a value outside `choices`: it is a code that the source does not know.
    """

    kind: str
    file: str
    files: tuple[str, ...]
    columns: tuple[str, ...]
    sql: str
    choices: Mapping[str, frozenset[str]]
    made_up: bool


def compile_source(source: Source) -> list[Production]:
    """All queries of a source, owners before owned (the order of `tables.KINDS`)."""
    return [_production(table) for table in sorted(source.tables, key=lambda table: KINDS.index(table.kind))]


def file_called(source: Source, name: str) -> str | None:
    """Which of the source's files this one is, by its name without endings; None for one it does not use."""
    return next((known for known, file in source.files.items() if _is_called(name, file.match)), None)


def why_ignored(source: Source, name: str) -> Label | None:
    """Why the source leaves this file aside; None where it says nothing of it."""
    return next((ignored.why for ignored in source.ignored if _is_called(name, ignored.match)), None)


def _is_called(name: str, patterns: Iterable[str]) -> bool:
    stem = name.split(".", 1)[0].lower()
    return any(fnmatchcase(stem, pattern.lower()) for pattern in patterns)


def _production(table: SourceTable) -> Production:
    columns = [f"  {_write(transform, table)} AS {_name(name)}" for name, transform in table.columns.items()]
    joins = [_join(name, lookup, table) for name, lookup in table.lookups.items()]
    lines = ["SELECT", ",\n".join(["  base._row AS _row", *columns]), f"FROM {_base(table)} AS base", *joins]
    lines += [*_where(table), "ORDER BY base._row"]
    return Production(
        kind=table.kind,
        file=table.file,
        files=tuple(dict.fromkeys([table.file, *(lookup.file for lookup in table.lookups.values())])),
        columns=tuple(table.columns),
        sql="\n".join(lines),
        choices={
            name: allowed
            for name, transform in table.columns.items()
            if not isinstance(transform, Constant | Nothing) and (allowed := texts(transform)) is not None
        },
        made_up=table.made_up,
    )


def _base(table: SourceTable) -> str:
    file = _name(table.file)
    if table.running_total:
        return _running_total(file, table.running_total)
    if table.distinct:
        keys = ", ".join(map(_name, table.distinct))
        return f"(SELECT {keys}, min(_row) AS _row FROM {file} GROUP BY {keys})"
    return file


def _running_total(file: str, total: RunningTotal) -> str:
    """An amount that cannot be read spoils its day and all after it, in the open."""
    keys = ", ".join(map(_name, total.per))
    day, amount = _iso(f"base.{_name(total.day.of)}", total.day.century), _money(total.amount, None)
    return f"""(
  SELECT {keys}, day, _row, CASE WHEN min(_unread) OVER so_far IS NULL
    THEN CAST(CAST(sum(_sum) OVER so_far AS BIGINT) AS VARCHAR)
    ELSE concat('? ', min(_unread) OVER so_far) END AS {_name(total.named)}
  FROM (
    SELECT {keys}, {day} AS day, max(_row) AS _row, sum(TRY_CAST({amount} AS BIGINT)) AS _sum,
      min(CASE WHEN TRY_CAST({amount} AS BIGINT) IS NULL THEN coalesce({amount}, '') END) AS _unread
    FROM {file} AS base GROUP BY {keys}, {day}
  )
  WINDOW so_far AS (PARTITION BY {keys} ORDER BY day ROWS UNBOUNDED PRECEDING)
)"""


def _join(name: str, lookup: Lookup, table: SourceTable) -> str:
    keys = ", ".join(map(_name, lookup.match))
    kept = " AND ".join(f"trim({_name(column)}) IN ({_list(codes)})" for column, codes in lookup.keep.items())
    condition = " AND ".join(
        f"{_name(name)}.{_name(theirs)} = {_place(ours, table)}" for theirs, ours in lookup.match.items()
    )
    others = [
        f"any_value({_name(column)}) AS {_name(column)}"
        for column in sorted(table.looked_up(name) - set(lookup.match))
    ]
    rows = f"SELECT {', '.join([keys, *others])} FROM {_name(lookup.file)}{f' WHERE {kept}' if kept else ''}"
    return f"LEFT JOIN ({rows} GROUP BY {keys} HAVING count(*) = 1) AS {_name(name)} ON {condition}"


def _where(table: SourceTable) -> list[str]:
    """Only rows whose code is named are left to another table; a code nobody knows stays."""
    left = [
        f"coalesce(trim({_place(column, table)}), '') NOT IN ({_list(codes)})"
        for column, codes in table.leave_out.items()
    ]
    return [f"WHERE {' AND '.join(left)}"] if left else []


def _write(transform: Transform, table: SourceTable) -> str:
    match transform:
        case Copy():
            sql = _place(transform.of, table)
        case Constant():
            sql = _text(transform.text)
        case Nothing():
            sql = "CAST(NULL AS VARCHAR)"
        case Prefix():
            sql = f"{_text(transform.text)} || {_place(transform.of, table)}"
        case Code():
            sql = _code(transform, table)
        case Choose():
            sql = _choose(transform, table)
        case Money():
            sql = _money(transform, table)
        case AddMonths():
            sql = _add_months(transform, table)
        case DateYymmdd() | TimestampYymmdd() | BirthYymmdd():
            sql = _day(transform, table)
    return sql


def _day(transform: DateYymmdd | TimestampYymmdd | BirthYymmdd, table: SourceTable) -> str:
    raw = _place(transform.of, table)
    if isinstance(transform, BirthYymmdd):
        return f"coalesce(CAST({_birth(raw, transform.century)} AS VARCHAR), {raw})"
    if isinstance(transform, DateYymmdd):
        return _iso(raw, transform.century)
    return f"coalesce(CAST({_date(raw, transform.century)} AS VARCHAR) || 'T00:00:00', {raw})"


def _date(raw: str, century: int) -> str:
    """A DATE, or NULL where six digits are no day."""
    text = f"'{century}' || {raw}[1:2] || '-' || {raw}[3:4] || '-' || {raw}[5:6]"
    return rf"TRY_CAST(CASE WHEN regexp_full_match({raw}, '\d{{6}}( \d\d:\d\d:\d\d)?') THEN {text} END AS DATE)"


def _iso(raw: str, century: int) -> str:
    return f"coalesce(CAST({_date(raw, century)} AS VARCHAR), {raw})"


def _birth(raw: str, century: int) -> str:
    month = f"TRY_CAST({raw}[3:4] AS INTEGER)"
    plain = (
        f"{raw}[1:2] || lpad(CAST(CASE WHEN {month} > 50 THEN {month} - 50 ELSE {month} END AS VARCHAR), 2, '0')"
    )
    return _date(f"({plain} || {raw}[5:])", century)


def _code(transform: Code, table: SourceTable) -> str:
    parts = [f"trim({_place(column, table)})" for column in transform.of]
    key = parts[0] if len(parts) == 1 else " || '|' || ".join(f"coalesce({part}, '')" for part in parts)
    cases = " ".join(f"WHEN {_text(code)} THEN {_text(ours)}" for code, ours in transform.map.items())
    return f"CASE {key} {cases} ELSE {key} END"


def _choose(transform: Choose, table: SourceTable) -> str:
    key = f"trim({_place(transform.of, table)})"
    cases = " ".join(f"WHEN {_text(code)} THEN {_write(case, table)}" for code, case in transform.cases.items())
    return f"CASE {key} {cases} ELSE {_write(transform.otherwise, table) if transform.otherwise else key} END"


def _money(transform: Money, table: SourceTable | None) -> str:
    """Exact minor units. An amount with an unknown sign comes out with its code, so that no check takes it."""
    raw = _place(transform.of, table)
    minor = f"CAST(TRY_CAST(trim({raw}) AS DECIMAL(18, 2)) * 100 AS BIGINT)"
    readable = rf"regexp_full_match(trim({raw}), '-?\d{{1,15}}(\.\d{{1,2}})?')"
    if transform.sign is None:
        return f"CASE WHEN {readable} THEN CAST({minor} AS VARCHAR) ELSE {raw} END"
    code = f"trim({_place(transform.sign.of, table)})"
    cases = " ".join(f"WHEN {_text(key)} THEN {sign}" for key, sign in transform.sign.map.items())
    signed = f"CAST({minor} * CASE {code} {cases} END AS VARCHAR)"
    known = f"{code} IN ({_list(transform.sign.map)})"
    return f"CASE WHEN {readable} AND {known} THEN {signed} ELSE concat({raw}, ' (', {code}, ')') END"


def _add_months(transform: AddMonths, table: SourceTable) -> str:
    raw, months = _place(transform.of, table), _place(transform.months, table)
    day = f"CAST({_date(raw, transform.century)} + to_months(TRY_CAST({months} AS INTEGER)) AS DATE)"
    tail = " || 'T00:00:00'" if transform.as_timestamp else ""
    return f"coalesce(CAST({day} AS VARCHAR){tail}, concat({raw}, ' + ', {months}, ' months'))"


def _place(column: str, table: SourceTable | None) -> str:
    """`lookup.column` where the first word is a lookup, otherwise a column of the table's own rows."""
    lookup, _, rest = column.partition(".")
    if table and rest and lookup in table.lookups:
        return f"{_name(lookup)}.{_name(rest)}"
    return f"base.{_name(column)}"


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _list(codes: Iterable[str]) -> str:
    return ", ".join(map(_text, codes))
