"""Reads and inserts whose SQL is kept say what the ORM says, with the values of each call."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from tests.factories import NOW, TODAY, make_branch, make_customer, make_rm, make_user

from yuandian.records.customers import Customer, Ownership
from yuandian.records.prepared import Given, Prepared, insert
from yuandian.records.runs import OperationKey, PersonalRead

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_prepared_read_binds_the_values_of_each_call(django_assert_num_queries):
    branch = make_branch()
    one, other = make_rm(branch), make_rm(branch)
    customers = [make_customer(branch, rm=rm) for rm in (one, other)]
    read = Prepared(
        lambda: Ownership.objects.filter(rm=Given("rm"), active_from__lte=Given("day")).select_related("customer")
    )
    for rm, customer in zip((one, other), customers, strict=True):
        with django_assert_num_queries(1):
            [owned] = read(rm=rm.pk, day=TODAY)
            assert owned.customer == customer
    assert read(rm=one.pk, day=TODAY - timedelta(days=100_000)) == []


def test_a_prepared_read_reads_anew_and_types_as_the_model_does():
    branch = make_branch()
    customer = make_customer(branch)
    read = Prepared(lambda: Customer.objects.filter(pk=Given("pk")))
    assert [vars(row).keys() for row in read(pk=customer.pk)] == [vars(Customer.objects.get()).keys()]
    Customer.objects.update(name="新名", extra={"a": 1})
    [row] = read(pk=customer.pk)
    assert (row.name, row.extra, row.opened_on) == ("新名", {"a": 1}, customer.opened_on)


def test_threads_share_a_prepared_read():
    branch = make_branch()
    customers = [make_customer(branch) for _ in range(8)]
    read = Prepared(lambda: Customer.objects.filter(pk=Given("pk")).values_list("pk", flat=True))

    def asked(pk: int) -> list[int]:
        try:
            return [*read(pk=pk), *read(pk=pk)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(asked, [customer.pk for customer in customers]))
    assert found == [[customer.pk, customer.pk] for customer in customers]


def test_an_inserted_row_is_the_one_that_create_makes():
    branch = make_branch()
    user, customer = make_user(branch), make_customer(branch)
    made = insert(PersonalRead(at=NOW, by=user, customer=customer, page="detail"))
    other = PersonalRead.objects.create(at=NOW, by=user, customer=customer, page="detail")
    names = ("at", "by_id", "customer_id", "page")
    rows = [[getattr(row, name) for name in names] for row in PersonalRead.objects.order_by("pk")]
    assert rows[0] == rows[1]
    assert (made.pk, made._state.adding) == (other.pk - 1, False)


def test_an_inserted_document_comes_back():
    insert(OperationKey(key="k", operation="o", body="b", answer={"at": NOW, "n": 1}, at=NOW))
    known = OperationKey.objects.get()
    assert (known.answer["n"], known.at) == (1, NOW)
