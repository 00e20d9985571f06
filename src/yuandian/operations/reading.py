"""Reading that leaves a trace: personal data outside one's own book, and a number shown in full (X2)."""

from datetime import datetime

from django.utils import timezone

from yuandian.operations.act import is_owner
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.records.access import may_see
from yuandian.records.customers import Customer
from yuandian.records.org import User
from yuandian.records.prepared import insert
from yuandian.records.reach import phone
from yuandian.records.runs import PersonalRead


def note_read(*, customer: Customer, by: User, at: datetime, page: str) -> None:
    """Write down that someone else than the owner read the customer's data. The owner's own reading is not.

    Trusted: it shows nothing, and every page finds the customer through `customers_for` first.
    """
    if not is_owner(user=by, customer=customer, on=timezone.localdate(at)):
        _note(customer=customer, by=by, at=at, page=page)


@operation
def _note(*, customer: Customer, by: User, at: datetime, page: str) -> None:
    insert(PersonalRead(at=at, by=by, customer=customer, page=page))


@operation
def reveal_phone(*, customer: Customer, by: User, at: datetime) -> str:
    """The main number in full, with an audit row whoever asks. Refuses: `not_permitted` (scope), `no_phone`."""
    if not may_see(by, customer):
        raise RefusedError("not_permitted")
    number = phone(customer)
    if not number:
        raise RefusedError("no_phone")
    record(operation="reveal_phone", subject=customer, by=by, at=at, branch_id=customer.branch_id)
    if not is_owner(user=by, customer=customer, on=timezone.localdate(at)):
        insert(PersonalRead(at=at, by=by, customer=customer, page="phone"))
    return number
