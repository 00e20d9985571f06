"""What imports brought, out of the facts again: new rows go, changed rows say again what they said before.

Every foreign key to a row that goes is looked at, whatever table it is in. What a night or a page made of the
row goes with it (`DERIVED`); what came with the same imports goes anyway; anything else is later work and keeps
the row where it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import connection
from django.db.models import Exists, ForeignKey, Model, OuterRef, Q, QuerySet

from yuandian.engine.tables import KINDS
from yuandian.records.customers import ContactPoint, Ownership
from yuandian.records.facts import CustomerDay, Transaction
from yuandian.records.frames.crossing import MODELS, database_table
from yuandian.records.frames.derived import with_derived
from yuandian.records.frames.dialect import dialect
from yuandian.records.runs import AuditEntry, ImportBatch, ImportChange, PersonalRead
from yuandian.records.work import Candidate, CustomerState, Handover, HandoverLine, WorklistItem

DERIVED: tuple[type[Model], ...] = (
    Candidate, WorklistItem, CustomerState, CustomerDay, ContactPoint, PersonalRead,
)  # fmt: skip
"""Made of a fact, not work of its own."""
BROUGHT = (*reversed(KINDS), "outlets", "teams")
"""What an import may have made, dependents first."""
ROWS = 50_000


@dataclass(frozen=True)
class Use:
    """Later work on a row of an import: the row, the table of what stands on it, and how many rows of that."""

    kind: str
    number: str
    why: str
    count: int


@dataclass(frozen=True)
class Withdrawn:
    """Rows by kind that went, and rows that say again what they said before."""

    gone: dict[str, int]
    restored: dict[str, int]


def later_use(batches: Sequence[ImportBatch]) -> Use | None:
    """The first reason why the imports cannot be taken back; None where there is none."""
    ids = [batch.pk for batch in batches]
    uses = (use for kind in BROUGHT for use in (*_uses(kind, ids), *_changed_again(kind, ids)))
    return next(uses, None) or _reassigned(batches)


def withdraw(batches: Sequence[ImportBatch]) -> Withdrawn:
    """Take the imports back in the current transaction. `later_use` must have found nothing."""
    latest_first = sorted((batch.pk for batch in batches), reverse=True)
    _subtract_days(latest_first)
    _delete_derived(latest_first)
    gone = {kind: _delete(kind, latest_first) for kind in BROUGHT}
    restored = {kind: sum(_restore(kind, batch) for batch in latest_first) for kind in KINDS}
    ImportChange.objects.filter(batch__in=latest_first).delete()
    return Withdrawn(*({kind: n for kind, n in counts.items() if n} for counts in (gone, restored)))


def _rows(kind: str, batches: Sequence[int]) -> QuerySet[Any]:
    return MODELS[kind]._default_manager.filter(batch__in=batches)


def _pointing_at(model: type[Model]) -> Iterator[tuple[type[Model], str]]:
    """Every table and column of ours that refers to the model."""
    for relation in model._meta.related_objects:
        yield relation.related_model, relation.field.name


def _uses(kind: str, batches: Sequence[int]) -> Iterator[Use]:
    going = _rows(kind, batches)
    for model, column in _pointing_at(MODELS[kind]):
        on_them = model._default_manager.filter(Q((f"{column}__in", going)))
        if model in DERIVED:
            for further, through in _pointing_at(model):
                yield from _use(
                    kind, further._default_manager.filter(Q((f"{through}__in", on_them))), through, column
                )
        elif any(field.name == "batch" for field in model._meta.concrete_fields):
            yield from _use(kind, on_them.exclude(batch__in=batches).exclude(_put_back(model, batches)), column)
        else:
            yield from _use(kind, on_them, column)


def _put_back(model: type[Model], batches: Sequence[int]) -> Q:
    """Rows that these imports changed: they will say again what they said before."""
    kinds = [kind for kind, of_kind in MODELS.items() if of_kind is model]
    changes = ImportChange.objects.filter(batch__in=batches, kind__in=kinds)
    return Q(pk__in=changes.values("row_id"))


def _use(kind: str, found: QuerySet[Any], *path: str) -> Iterator[Use]:
    first = found.first()
    if first is None:
        return
    row = first
    for column in path:
        row = getattr(row, column)
    yield Use(kind, _number(row), found.model._meta.model_name, found.count())


def _number(row: Any) -> str:
    return str(getattr(row, "number", None) or row.customer.number)


def _changed_again(kind: str, batches: Sequence[int]) -> Iterator[Use]:
    """A later import changed what these brought or changed."""
    before_it = ImportChange.objects.filter(
        batch__in=batches, kind=kind, row_id=OuterRef("row_id"), pk__lt=OuterRef("pk")
    )
    touched = Q(row_id__in=_rows(kind, batches).values("pk")) | Exists(before_it)
    later = ImportChange.objects.filter(touched, kind=kind).exclude(batch__in=batches)
    first = later.first()
    if first is not None:
        row = MODELS[kind]._default_manager.get(pk=first.row_id)
        yield Use(kind, _number(row), "importbatch", later.count())


def _reassigned(batches: Sequence[ImportBatch]) -> Use | None:
    """Somebody has passed on since a customer whose owner these imports named, or a book whose RM they changed."""
    ids, began = [batch.pk for batch in batches], min(batch.started_at for batch in batches)
    rms = ImportChange.objects.filter(batch__in=ids, kind="rms").values("row_id")
    gone = Handover.objects.filter(from_rm__in=rms, confirmed_at__gte=began).select_related("from_rm")
    if (handover := gone.first()) is not None:
        return Use("rms", handover.from_rm.number, "handover", gone.count())
    changed = ImportChange.objects.filter(batch__in=ids, kind="ownerships").values("row_id")
    named = Ownership.objects.filter(Q(batch__in=ids) | Q(pk__in=changed))
    passed_on = HandoverLine.objects.filter(handover__confirmed_at__gte=began).values("customer")
    given = AuditEntry.objects.filter(operation="assign_owner", at__gte=began).values("subject_id")
    found = named.filter(Q(customer__in=passed_on) | Q(customer__in=given))
    first = found.select_related("customer").first()
    return None if first is None else Use("ownerships", first.customer.number, "ownership", found.count())


def _listed(batches: Sequence[int]) -> str:
    return ", ".join(f"{batch:d}" for batch in batches)


def _subtract_days(batches: Sequence[int]) -> None:
    """The sums of the day lose what the transactions added to them."""
    lines = Transaction.objects.filter(batch__in=batches).values_list(
        "customer_id", "kind", "occurred_at", "amount_fen", "income_fen"
    )
    chunk: list[Any] = []
    for line in lines.iterator(chunk_size=5_000):
        chunk.append(line)
        if len(chunk) == ROWS:
            _subtract(chunk)
            chunk = []
    if chunk:
        _subtract(chunk)


def _subtract(lines: list[Any]) -> None:
    customer, kind, at, amount, income = zip(*lines, strict=True)
    rows = pa.table(
        {
            "customer_id": pa.array(customer, pa.int64()),
            "kind": pa.array(kind, pa.string()),
            "occurred_at": pa.array(at, pa.timestamp("us", "UTC")).cast(pa.timestamp("us")),
            "inflow": pa.array([max(fen, 0) for fen in amount], pa.int64()),
            "outflow": pa.array([max(-fen, 0) for fen in amount], pa.int64()),
            "income": pa.array([fen or 0 for fen in income], pa.int64()),
        }
    )
    sums = (
        with_derived("transactions", rows)
        .group_by(["customer_id", "kind", "day"])
        .aggregate([("income", "count"), ("inflow", "sum"), ("outflow", "sum"), ("income", "sum")])
    )
    staged = dialect().stage(sums)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_customerday SET transactions = transactions - s.income_count, "
            "inflow_fen = inflow_fen - s.inflow_sum, outflow_fen = outflow_fen - s.outflow_sum, "
            f"income_fen = records_customerday.income_fen - s.income_sum FROM {staged} s "
            "WHERE s.customer_id = records_customerday.customer_id AND s.day = records_customerday.date "
            "AND s.kind = records_customerday.kind"
        )
        cursor.execute("DELETE FROM records_customerday WHERE transactions = 0")


def _restore(kind: str, batch: int) -> int:
    """Changed rows say again what they said before."""
    first = ImportChange.objects.filter(batch=batch, kind=kind).first()
    if first is None:
        return 0
    of_batch = f"c.batch_id = {batch:d} AND c.kind = '{kind}'"
    with connection.cursor() as cursor:
        restored = 0
        for statement in _restoring(kind, [name for name in first.before if name != "phone"], of_batch):
            cursor.execute(statement)
            restored += cursor.rowcount
        if kind == "customers":
            _restore_phones(cursor, of_batch)
    return restored


def _restoring(kind: str, columns: list[str], of_batch: str) -> list[str]:
    """Periods that end come first: the one that is open again must find no other open one."""
    target = database_table(kind)
    said = ", ".join(f"{name} = {_before(name, target)}" for name in columns)
    statement = (
        f"UPDATE {target} SET {said} FROM records_importchange c WHERE {of_batch} AND c.row_id = {target}.id"
    )
    if kind != "ownerships":
        return [statement]
    return [f"{statement} AND {_before('active_to', target)} IS {is_open}NULL" for is_open in ("NOT ", "")]


def _restore_phones(cursor: Any, of_batch: str) -> None:
    cursor.execute(
        "DELETE FROM records_contactpoint WHERE kind = 'phone' AND is_main AND customer_id IN "
        f"(SELECT c.row_id FROM records_importchange c WHERE {of_batch})"
    )
    phone = _before("value", "records_contactpoint", "phone")
    tail = f"CASE WHEN length({phone}) > 4 THEN substr({phone}, length({phone}) - 3) ELSE {phone} END"
    cursor.execute(
        "INSERT INTO records_contactpoint (customer_id, kind, value, tail, is_main) "
        f"SELECT c.row_id, 'phone', {phone}, {tail}, true FROM records_importchange c "
        f"JOIN records_customer k ON k.id = c.row_id WHERE {of_batch} AND {phone} IS NOT NULL"
    )


def _before(name: str, table: str, key: str = "") -> str:
    """What the column of the table said before, kept under its name or another key."""
    return dialect().TYPED.format(json="c.before", key=key or name, table=table, column=name)


def _delete_derived(batches: Sequence[int]) -> None:
    _count_withdrawn(batches)
    with connection.cursor() as cursor:
        for kind in BROUGHT:
            for model, column in _pointing_at(MODELS[kind]):
                if model in DERIVED:
                    field = model._meta.get_field(column)
                    assert isinstance(field, ForeignKey)  # noqa: S101  a relation is one
                    cursor.execute(
                        f"DELETE FROM {model._meta.db_table} WHERE {field.column} IN "
                        f"(SELECT id FROM {database_table(kind)} WHERE batch_id IN ({_listed(batches)}))"
                    )


def _count_withdrawn(batches: Sequence[int]) -> None:
    """A night remembers how many customers it had decided on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_branchrun SET withdrawn = withdrawn + (SELECT count(*) FROM records_customerstate s "
            "JOIN records_customer c ON c.id = s.customer_id WHERE s.run_id = records_branchrun.id "
            f"AND c.batch_id IN ({_listed(batches)})) WHERE id IN (SELECT run_id FROM records_customerstate)"
        )


def _delete(kind: str, batches: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {database_table(kind)} WHERE batch_id IN ({_listed(batches)})")
        return int(cursor.rowcount)
