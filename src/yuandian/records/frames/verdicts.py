"""The SELECT that gives every staged row its verdict: new, same, differs, or why it is refused."""

from yuandian.engine.tables import Column, Table
from yuandian.records.frames.crossing import (
    MODELS,
    database_column,
    database_table,
    has_branch,
    is_own_id,
)
from yuandian.records.frames.derived import OWN_COLUMNS
from yuandian.records.frames.dialect import dialect
from yuandian.records.org import Branch

APPEND_ONLY = frozenset({"transactions", "interactions", "events", "consents"})
"""Facts that only grow: other values under a known key are refused."""


def references(table: Table) -> list[Column]:
    """The columns that name a row of another table."""
    return [column for column in table if column.refers]


def stored(table: Table) -> list[Column]:
    """The columns that lie in the model itself."""
    names = {field.column for field in MODELS[table.name]._meta.concrete_fields}
    return [column for column in table if database_column(table, column) in names]


def spelt(table: Table, column: Column) -> str:
    """The column's name among the verdicts, which is the database's own."""
    return "number" if is_own_id(table, column) else column.name


def verdicts(table: Table, staged: str, branch: Branch) -> str:
    """SELECT: `_row`, resolved references (and what was said), the other columns, `known_id`, `verdict`."""
    joins = [
        f"LEFT JOIN {database_table(column.refers)} r{nth} "
        f"ON r{nth}.branch_id = {branch.pk:d} AND r{nth}.number = s.{column.name}"
        for nth, column in enumerate(references(table))
    ]
    joins.append(f"LEFT JOIN {database_table(table.name)} m ON {_same_key(table, branch)}")
    columns = ["s._row", *_columns(table), "m.id AS known_id", f"{_verdict(table, staged)} AS verdict"]
    return f"SELECT {', '.join(columns)} FROM {staged} s {' '.join(joins)}"


def _resolved(table: Table) -> dict[str, str]:
    """How each column reads as the database keeps it: a reference is the id it names."""
    ids = {column.name: f"r{nth}.id" for nth, column in enumerate(references(table))}
    return {column.name: ids.get(column.name, f"s.{column.name}") for column in table}


def _columns(table: Table) -> list[str]:
    resolved = _resolved(table)
    columns = [f"{resolved[column.name]} AS {spelt(table, column)}" for column in table]
    said = [f"s.{column.name} AS said_{column.name}" for column in references(table)]
    own = [f"s.{name}" for name in OWN_COLUMNS.get(table.name, ())]
    return columns + said + own


def _same_key(table: Table, branch: Branch) -> str:
    resolved = _resolved(table)
    keys = [f"m.{database_column(table, table[name])} = {resolved[name]}" for name in table.key]
    return " AND ".join(keys + ([f"m.branch_id = {branch.pk:d}"] if has_branch(table.name) else []))


def _verdict(table: Table, staged: str) -> str:
    unknown = [
        f"WHEN {_lacking(table, staged, nth, column)} THEN 'unknown_{column.name}'"
        for nth, column in enumerate(references(table))
    ]
    otherwise = "recorded_otherwise" if table.name in APPEND_ONLY else "differs"
    return (
        f"CASE {' '.join(unknown)} WHEN m.id IS NULL THEN 'new' "
        f"WHEN {' AND '.join(_equal(table))} THEN 'same' ELSE '{otherwise}' END"
    )


def _lacking(table: Table, staged: str, nth: int, column: Column) -> str:
    lacking = f"s.{column.name} IS NOT NULL AND r{nth}.id IS NULL"
    if column.refers == table.name:  # a customer's referrer may stand in the same rows
        lacking += f" AND s.{column.name} NOT IN (SELECT {table.key[0]} FROM {staged})"
    return lacking


def _equal(table: Table) -> list[str]:
    """What was said equals what is kept; what was not said cannot differ."""
    resolved = _resolved(table)
    # Said is what the file says: a name that resolves to nothing yet, a referrer in the same rows, says something.
    pairs = [
        (f"s.{column.name}", resolved[column.name], f"m.{database_column(table, column)}")
        for column in stored(table)
    ]
    if table.name == "customers":
        pairs.append(("s.phone", "s.phone", f"({MAIN_PHONE})"))
    equal = [f"({said} IS NULL OR {meant} = {kept})" for said, meant, kept in pairs]
    return [*equal, _extra_is_kept()] if table.name == "customers" else equal


def _extra_is_kept() -> str:
    """Every field of a pack that was said is kept with that value, however the JSON of either is spelt."""
    return f"(s.extra IS NULL OR {dialect().CONTAINED.format(said='s.extra', kept='m.extra')})"


MAIN_PHONE = (
    "SELECT p.value FROM records_contactpoint p WHERE p.customer_id = m.id AND p.is_main AND p.kind = 'phone'"
)
