"""The form of sources/<name>.yaml: how a foreign set of files becomes fact tables, without code in a pack.

The lists of transforms and of ways to derive rows are closed; `packs.sources` writes the SQL. Every name of a
column is a column of the table's own file, or `lookup.column`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from yuandian.engine.pack import Frozen, Identifier, Label
from yuandian.packs.schema import Dated, Text

Century = Annotated[int, Field(ge=18, le=20)]
"""The first two digits of the year, because the file has only the last two."""


class Copy(Frozen):
    """The value as it stands."""

    use: Literal["copy"]
    of: Text


class Constant(Frozen):
    """The same text in every row."""

    use: Literal["constant"]
    text: Text


class Nothing(Frozen):
    """No value."""

    use: Literal["nothing"]


class Prefix(Frozen):
    """The value with a text before it, so that keys of two files do not meet."""

    use: Literal["prefix"]
    text: Text
    of: Text


class Code(Frozen):
    """A code, or several joined by `|` (an absent one is empty), through a map.

    A code that the map does not know comes out as it stood, to be rejected with its value.
    """

    use: Literal["code"]
    of: Annotated[tuple[Text, ...], Field(min_length=1)]
    map: dict[str, Text]


class DateYymmdd(Frozen):
    """930705 or `930705 00:00:00` → 1993-07-05."""

    use: Literal["date_yymmdd"]
    of: Text
    century: Century


class TimestampYymmdd(Frozen):
    """930705 → 1993-07-05T00:00:00: the file knows the day alone."""

    use: Literal["timestamp_yymmdd"]
    of: Text
    century: Century


class BirthYymmdd(Frozen):
    """706213 → 1970-12-13: the month of a woman's birth number has 50 added."""

    use: Literal["birth_yymmdd"]
    of: Text
    century: Century


class Sign(Frozen):
    """The sign of an amount by a code beside it."""

    of: Text
    map: dict[str, Literal[1, -1]]


class Money(Frozen):
    """700.5 → 70050, exactly; at most two decimals."""

    use: Literal["money"]
    of: Text
    sign: Sign | None = None


class AddMonths(Frozen):
    """A day (YYMMDD) and whole months after it, the last day of a shorter month where the day does not exist."""

    use: Literal["add_months"]
    of: Text
    months: Text
    century: Century
    as_timestamp: bool = False


Plain = Annotated[
    Copy | Constant | Nothing | Prefix | Code | DateYymmdd | TimestampYymmdd | BirthYymmdd | Money | AddMonths,
    Field(discriminator="use"),
]


class Choose(Frozen):
    """One transform or another, by a code. Without `otherwise` an unknown code comes out as it stood."""

    use: Literal["choose"]
    of: Text
    cases: dict[str, Plain]
    otherwise: Plain | None = None

    def all_cases(self) -> list[Plain]:
        return [*self.cases.values(), *([self.otherwise] if self.otherwise else [])]


Transform = Annotated[
    Copy
    | Constant
    | Nothing
    | Prefix
    | Code
    | DateYymmdd
    | TimestampYymmdd
    | BirthYymmdd
    | Money
    | AddMonths
    | Choose,
    Field(discriminator="use"),
]


class Lookup(Frozen):
    """The one row of another file that matches. None or several match: nothing is found, nothing doubles.

    `match` gives for each column of that file the column of ours; `keep` restricts that file to codes.
    """

    file: Identifier
    match: Annotated[dict[Text, Text], Field(min_length=1)]
    keep: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)


class RunningTotal(Frozen):
    """One row for each group and day of a file, with the sum of all amounts up to that day in column `named`.

    The day is called `day`. A day is a total, so the order of rows within it does not matter.
    """

    per: Annotated[tuple[Text, ...], Field(min_length=1)]
    day: DateYymmdd
    amount: Money
    named: Identifier


class SourceTable(Frozen):
    """Rows of one kind of fact.

    `leave_out` names codes of rows that another table takes; rows with any other code stay, known or not.
    """

    kind: Identifier
    file: Identifier
    leave_out: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)
    distinct: tuple[Text, ...] = ()
    running_total: RunningTotal | None = None
    lookups: dict[Identifier, Lookup] = Field(default_factory=dict)
    columns: dict[Identifier, Transform]
    made_up: bool = False
    why: Label | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.made_up and self.why is None:
            raise ValueError("made-up rows need a `why`")
        if self.distinct and self.running_total:
            raise ValueError("rows are either distinct or a running total")
        return self

    def own_columns(self, file: "SourceFile") -> frozenset[str]:
        """The columns that the table's rows have before lookups."""
        if self.running_total:
            return frozenset({*self.running_total.per, "day", self.running_total.named})
        return frozenset(self.distinct or file.columns)

    def read(self) -> frozenset[str]:
        """All columns that the table reads, those of lookups as `lookup.column`."""
        read = {column for transform in self.columns.values() for column in reads(transform)}
        matched = {ours for lookup in self.lookups.values() for ours in lookup.match.values()}
        return frozenset(read | matched | set(self.leave_out))

    def looked_up(self, lookup: str) -> frozenset[str]:
        """The columns that the table reads of a lookup."""
        return frozenset(column.split(".", 1)[1] for column in self.read() if column.startswith(f"{lookup}."))


class SourceFile(Frozen):
    """A file: names it may have (without ending, * for anything) and the columns it must have."""

    match: Annotated[tuple[Text, ...], Field(min_length=1)]
    columns: Annotated[tuple[Text, ...], Field(min_length=1)]


class Ignored(Frozen):
    """A file that is left aside, and why."""

    match: Annotated[tuple[Text, ...], Field(min_length=1)]
    why: Label


class Source(Frozen):
    """sources/<name>.yaml."""

    label: Label
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    files: dict[Identifier, SourceFile]
    ignored: tuple[Ignored, ...] = ()
    tables: Annotated[tuple[SourceTable, ...], Field(min_length=1)]
    values: dict[Identifier, Annotated[tuple[Dated, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Named numbers that are others in this source, for instance because of its currency."""


def reads(transform: Transform) -> frozenset[str]:
    """The columns that a transform reads."""
    match transform:
        case Constant() | Nothing():
            return frozenset()
        case Code():
            return frozenset(transform.of)
        case Choose():
            return frozenset({transform.of}).union(*map(reads, transform.all_cases()))
        case AddMonths():
            return frozenset({transform.of, transform.months})
        case Money():
            return frozenset({transform.of, *([transform.sign.of] if transform.sign else [])})
        case _:
            return frozenset({transform.of})


def texts(transform: Transform) -> frozenset[str] | None:
    """The closed set of texts that a transform can give; None where it is open."""
    match transform:
        case Constant():
            return frozenset({transform.text})
        case Nothing():
            return frozenset()
        case Code():
            return frozenset(transform.map.values())
        case Choose():
            known = [part for case in transform.all_cases() if (part := texts(case)) is not None]
            return frozenset().union(*known) if len(known) == len(transform.all_cases()) else None
    return None
