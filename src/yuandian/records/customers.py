"""Customers: who they are, how to reach them, what they allow, whose they are."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from yuandian.records.org import Branch, Outlet, RelationshipManager


class Customer(models.Model):
    """One customer, one record, across departments (K1)."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="customers")
    number = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, default="person")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)
    """The name as searched: lower case, half width, no spaces."""
    initials = models.CharField(max_length=40)
    """Pinyin initials, or the Latin name itself."""
    birth_date = models.DateField(null=True)
    birth_calendar = models.CharField(max_length=8, default="solar")
    document_no = models.CharField(max_length=40, blank=True, default="")
    opened_on = models.DateField()
    channel = models.CharField(max_length=40, blank=True, default="")
    referrer = models.ForeignKey("self", models.PROTECT, null=True, related_name="referred")
    outlet = models.ForeignKey(Outlet, models.PROTECT, null=True, related_name="customers")
    risk_level = models.IntegerField(null=True)
    spending_power = models.IntegerField(null=True)
    extra = models.JSONField(default=dict)
    """Fields that the pack adds (fields.yaml), and no others."""
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["branch", "number"], name="customer_number")]
        indexes: ClassVar = [
            models.Index(fields=["branch", "name_key"], name="customer_name"),
            models.Index(fields=["branch", "initials"], name="customer_initials"),
        ]

    def __str__(self) -> str:
        return self.name


class ContactPerson(models.Model):
    """Who speaks for an organisation, and the role in its decisions (K7)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contact_persons")
    name = models.CharField(max_length=200)
    position = models.CharField(max_length=120, blank=True, default="")
    decides = models.CharField(max_length=20, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class ContactPoint(models.Model):
    """A phone number or an address. `tail` is what an RM remembers of a number."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=20, default="phone")
    value = models.CharField(max_length=200)
    tail = models.CharField(max_length=4)
    is_main = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "kind"], condition=Q(is_main=True), name="one_main_point"),
        ]
        indexes: ClassVar = [models.Index(fields=["tail"], name="contact_point_tail")]

    def __str__(self) -> str:
        return f"{self.kind} …{self.tail}"


class Consent(models.Model):
    """What the customer said about a channel, and when. The latest word counts; none is a no."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=20)
    granted = models.BooleanField()
    changed_at = models.DateTimeField()
    source = models.CharField(max_length=200, blank=True, default="")
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "channel", "changed_at"], name="consent_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {'yes' if self.granted else 'no'}"


class Relation(models.Model):
    """Households, referrers, users of an account (K7)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="relations")
    related = models.ForeignKey(Customer, models.CASCADE, related_name="related_by")
    kind = models.CharField(max_length=40)
    active_from = models.DateField(null=True)
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "related", "kind"], name="relation_once"),
        ]

    def __str__(self) -> str:
        return self.kind


class Ownership(models.Model):
    """Who is accountable for the customer, and when (K2). Half-open: `active_to` is the first day no longer."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="ownerships")
    rm = models.ForeignKey(RelationshipManager, models.PROTECT, related_name="ownerships")
    active_from = models.DateField()
    active_to = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(active_to__isnull=True), name="one_owner_at_a_time"
            ),
            models.UniqueConstraint(fields=["customer", "active_from"], name="ownership_start"),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True) | Q(active_to__gt=F("active_from")),
                name="ownership_period",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rm", "customer"], condition=Q(active_to__isnull=True), name="book_now"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} → {self.rm_id}"
