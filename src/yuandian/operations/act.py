"""Act: log what came of a contact, take it back, move it, add a note."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from yuandian.engine.pack import Pack, Result
from yuandian.operations.writing import RefusedError, answered, operation, record, remember
from yuandian.records.access import IN_TOUCH, may_see
from yuandian.records.customers import Customer
from yuandian.records.facts import Interaction
from yuandian.records.org import User
from yuandian.records.prepared import Given, Prepared, insert
from yuandian.records.reach import ownerships
from yuandian.records.work import ContactResult, WorklistItem

_lines = Prepared(
    lambda: (
        WorklistItem.objects.select_for_update(no_key=True)
        .filter(pk=Given("pk"), customer=Given("customer"))
        .values_list("pk")
    )
)


@operation
def log_result(
    *,
    customer: Customer,
    item: WorklistItem | None,
    result: str,
    by: User,
    at: datetime,
    key: UUID,
    pack: Pack,
    channel: str = "phone",
    purpose: str = "service",
    note: str = "",
    callback_at: datetime | None = None,
) -> dict[str, Any]:
    """Log what came of a contact with one tap (A1). `item` is None for a contact that no list asked for.

    Facts are append-only: a contact is kept even if a colleague logged first; the list line keeps the first.
    Returns `{"result": id, "item": id | None}`; the same key gives the same answer again.
    Refuses: `not_permitted` (role, or a customer out of scope: the last door, whoever calls), `unknown_result`,
    `callback_needs_time`, `key_reused`.
    """
    body = [customer.pk, item and item.pk, result, note, callback_at, by.pk]
    if (answer := answered(key=str(key), operation="log_result", body=body)) is not None:
        if ContactResult.objects.filter(pk=answer["result"], voided_at__isnull=False).exists():
            raise RefusedError("key_reused", key=str(key))
        return answer
    if by.role not in IN_TOUCH or not may_see(by, customer):
        raise RefusedError("not_permitted")
    if item is not None and not _hold(item.pk, customer.pk):
        item = None  # the night was run again and dropped the line; the contact took place all the same
    kind = _known(pack, result)
    if kind.asks == "time" and callback_at is None:
        raise RefusedError("callback_needs_time")
    interaction = Interaction(
        branch_id=customer.branch_id,
        number=str(key),
        customer=customer,
        rm_id=by.rm_id,
        occurred_at=at.replace(microsecond=0),  # a fact's moment is to the second, as files bring it
        channel=item.channel if item else channel,
        purpose=item.purpose if item else purpose,
        playbook=item.playbook if item else "",
        result=result,
        minutes=item.minutes if item else None,
        callback_on=callback_at and timezone.localdate(callback_at),
        note=note,
    )
    logged = ContactResult(
        item=item,
        customer=customer,
        interaction=insert(interaction),
        result=result,
        callback_at=callback_at,
        by=by,
        occurred_at=at,
        recorded_at=at,
    )
    insert(logged)
    if item is not None:
        WorklistItem.objects.filter(pk=item.pk, result__isnull=True).update(result=logged)
    record(
        operation="log_result",
        subject=logged,
        by=by,
        at=at,
        branch_id=customer.branch_id,
        after={"customer": customer.pk, "result": result, "callback_at": callback_at},
    )
    answer = {"result": logged.pk, "item": item and item.pk}
    remember(key=str(key), operation="log_result", body=body, answer=answer, at=at)
    return answer


def _hold(item_id: int | None, customer_id: int) -> bool:
    """Whether the line is still there and the customer's. It then stays as it is until the transaction ends."""
    return item_id is not None and bool(_lines(pk=item_id, customer=customer_id))


def _known(pack: Pack, result: str) -> Result:
    for kind in pack.results:
        if kind.id == result:
            return kind
    raise RefusedError("unknown_result", result=result, known=[kind.id for kind in pack.results])


@operation
def undo_result(*, logged: ContactResult, by: User, at: datetime) -> None:
    """Take a logged result back: it and its interaction are voided, the list line is open again.

    Undoing twice changes nothing more. Refuses: `not_yours`, `day_over` (results can be changed until
    midnight of the day on which they were logged).
    """
    if logged.by_id != by.pk:
        raise RefusedError("not_yours")
    if timezone.localdate(logged.recorded_at) != timezone.localdate(at):
        raise RefusedError("day_over")
    _hold(logged.item_id, logged.customer_id)
    if not ContactResult.objects.filter(pk=logged.pk, voided_at__isnull=True).update(voided_at=at):
        return
    Interaction.objects.filter(pk=logged.interaction_id).update(voided_at=at)
    # A colleague's result on the same line now stands for it.
    others = ContactResult.objects.filter(item=logged.item_id, item__isnull=False, voided_at__isnull=True)
    WorklistItem.objects.filter(result=logged).update(result=others.order_by("pk").first())
    record(
        operation="undo_result",
        subject=logged,
        by=by,
        at=at,
        branch_id=logged.customer.branch_id,
        before={"result": logged.result},
    )


@operation
def note_contact(*, logged: ContactResult, note: str, by: User, at: datetime) -> None:
    """Write or replace the note of a contact one logged oneself. Refuses: `not_yours`, `day_over`, `voided`."""
    if logged.by_id != by.pk:
        raise RefusedError("not_yours")
    if timezone.localdate(logged.recorded_at) != timezone.localdate(at):
        raise RefusedError("day_over")
    if logged.voided_at is not None:
        raise RefusedError("voided")
    before = logged.interaction.note
    Interaction.objects.filter(pk=logged.interaction_id).update(note=note)
    record(
        operation="note_contact",
        subject=logged,
        by=by,
        at=at,
        branch_id=logged.customer.branch_id,
        before={"note": before},
        after={"note": note},
    )


def is_owner(*, user: User, customer: Customer, on: date) -> bool:
    """Whether the user is accountable for the customer on that day."""
    periods = ownerships(customer)
    return any(
        period.rm_id == user.rm_id
        and period.active_from <= on
        and (period.active_to is None or period.active_to > on)
        for period in periods
    )
