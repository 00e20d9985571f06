"""Facts: append-mostly, with natural keys. Money is integer minor units of the branch's currency."""

from typing import ClassVar

from django.db import models

from yuandian.records.customers import Customer
from yuandian.records.org import Branch, RelationshipManager


class Product(models.Model):
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="products")
    number = models.CharField(max_length=64)
    category = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["branch", "number"], name="product_number")]

    def __str__(self) -> str:
        return self.number


class Account(models.Model):
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="accounts")
    number = models.CharField(max_length=64)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="accounts")
    product = models.ForeignKey(Product, models.PROTECT, related_name="accounts")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["branch", "number"], name="account_number")]

    def __str__(self) -> str:
        return self.number


class Contract(models.Model):
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=64)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contracts")
    product = models.ForeignKey(Product, models.PROTECT, related_name="contracts")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    amount_fen = models.BigIntegerField(null=True)
    ends_on = models.DateField(null=True)
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["branch", "number"], name="contract_number")]

    def __str__(self) -> str:
        return self.number


class Balance(models.Model):
    """What an account held at the end of a day on which it changed."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="balances")
    account = models.ForeignKey(Account, models.CASCADE, related_name="balances")
    date = models.DateField()
    amount_fen = models.BigIntegerField()
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "account", "date"], name="balance_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.date}"


class Transaction(models.Model):
    """Money that moved: in is positive, out negative."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="transactions")
    number = models.CharField(max_length=64)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="transactions")
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="transactions")
    occurred_at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField()
    income_fen = models.BigIntegerField(null=True)
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["branch", "number"], name="transaction_number"),
        ]
        indexes: ClassVar = [models.Index(fields=["customer", "occurred_at"], name="transaction_timeline")]

    def __str__(self) -> str:
        return self.number


class CustomerDay(models.Model):
    """Sums of a customer's transactions by day and kind, written with the lines themselves."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="days")
    date = models.DateField()
    kind = models.CharField(max_length=40)
    transactions = models.BigIntegerField()
    inflow_fen = models.BigIntegerField()
    outflow_fen = models.BigIntegerField()
    income_fen = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "date", "kind"], name="customer_day"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.date} {self.kind}"


class Interaction(models.Model):
    """Every contact of every department, on one timeline (K1). A mistaken one is voided, not erased."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="interactions")
    number = models.CharField(max_length=64)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="interactions")
    rm = models.ForeignKey(RelationshipManager, models.PROTECT, null=True, related_name="interactions")
    occurred_at = models.DateTimeField()
    channel = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20)
    playbook = models.CharField(max_length=40, blank=True, default="")
    direction = models.CharField(max_length=4, default="out")
    result = models.CharField(max_length=40, blank=True, default="")
    minutes = models.IntegerField(null=True)
    callback_on = models.DateField(null=True)
    department = models.CharField(max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="")
    voided_at = models.DateTimeField(null=True)
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["branch", "number"], name="interaction_number"),
        ]
        indexes: ClassVar = [models.Index(fields=["customer", "occurred_at"], name="interaction_timeline")]

    def __str__(self) -> str:
        return self.number


class Event(models.Model):
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="events")
    number = models.CharField(max_length=64)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="events")
    occurred_at = models.DateTimeField()
    sequence = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=40)
    data = models.TextField(blank=True, default="")
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["branch", "number"], name="event_number")]
        indexes: ClassVar = [models.Index(fields=["customer", "occurred_at"], name="event_timeline")]

    def __str__(self) -> str:
        return self.number
