"""Today's work: where each customer stands, why, who is on whose list, and what came of it."""

from typing import ClassVar

from django.db import models

from yuandian.records.customers import Customer
from yuandian.records.facts import Interaction
from yuandian.records.org import Branch, RelationshipManager, User
from yuandian.records.runs import BranchRun


class CustomerState(models.Model):
    """The latest night's word on a customer: tier, stage, segment, and why listed or not."""

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="state")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="states")
    run = models.ForeignKey(BranchRun, models.PROTECT, related_name="+")
    as_of = models.DateField()
    tier = models.CharField(max_length=40, blank=True, default="")
    stage = models.CharField(max_length=40, blank=True, default="")
    segment = models.CharField(max_length=40, blank=True, default="")
    assets_fen = models.BigIntegerField(null=True)
    assets_30d_fen = models.BigIntegerField(null=True)
    days_since_contact = models.IntegerField(null=True)
    decision = models.CharField(max_length=40)
    decision_inputs = models.TextField(default="{}")

    class Meta:
        indexes: ClassVar = [
            # A branch is walked by assets; what filters ask stands in the index itself.
            models.Index(
                fields=[
                    "branch",
                    "-assets_fen",
                    "customer",
                    "tier",
                    "stage",
                    "segment",
                    "days_since_contact",
                ],
                name="state_assets",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.tier} {self.stage}"


class Candidate(models.Model):
    """Who could be contacted why, of the branch's latest night. A barred one names its limit."""

    run = models.ForeignKey(BranchRun, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="candidates")
    rm = models.ForeignKey(RelationshipManager, models.PROTECT, null=True, related_name="candidates")
    playbook = models.CharField(max_length=40)
    channel = models.CharField(max_length=20, blank=True, default="")
    purpose = models.CharField(max_length=20)
    minutes = models.IntegerField()
    mandatory = models.BooleanField()
    worth_fen = models.BigIntegerField()
    effect_ppm = models.BigIntegerField()
    benefit_fen = models.BigIntegerField()
    barred = models.CharField(max_length=40, blank=True, default="")
    inputs = models.TextField(default="{}")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "run", "playbook"], name="candidate_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.playbook}"


class WorklistItem(models.Model):
    """One customer on one RM's list of one day. `result` is the standing one, empty while open."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="items")
    run = models.ForeignKey(BranchRun, models.PROTECT, related_name="+")
    as_of = models.DateField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="items")
    rm = models.ForeignKey(RelationshipManager, models.PROTECT, related_name="items")
    position = models.IntegerField()
    playbook = models.CharField(max_length=40)
    channel = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20)
    minutes = models.IntegerField()
    mandatory = models.BooleanField()
    worth_fen = models.BigIntegerField()
    effect_ppm = models.BigIntegerField()
    benefit_fen = models.BigIntegerField()
    inputs = models.TextField(default="{}")
    pack_version = models.CharField(max_length=40)
    result = models.OneToOneField(
        "ContactResult", models.SET_NULL, null=True, related_name="closes", db_constraint=True
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["branch", "as_of", "customer"], name="once_a_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["rm", "as_of", "position"], name="list_of_the_day")]

    def __str__(self) -> str:
        return f"{self.as_of} {self.rm_id}.{self.position}"


class ContactResult(models.Model):
    """What an RM logged with one tap. Undo voids it; nothing is erased."""

    item = models.ForeignKey(WorklistItem, models.PROTECT, null=True, related_name="results")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="results")
    interaction = models.OneToOneField(Interaction, models.PROTECT, related_name="logged")
    result = models.CharField(max_length=40)
    callback_at = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="results")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["by", "recorded_at"], name="logged_by")]

    def __str__(self) -> str:
        return self.result


class Handover(models.Model):
    """A book passed on when an RM leaves, is promoted or transfers (K3)."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="handovers")
    from_rm = models.ForeignKey(RelationshipManager, models.PROTECT, related_name="handovers")
    cause = models.CharField(max_length=20)
    effective_on = models.DateField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="handovers")
    confirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.from_rm_id} {self.effective_on}"


class HandoverLine(models.Model):
    """One customer passed on: to whom and why, the briefing, and the drafted message to the customer."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="lines")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="handover_lines")
    to_rm = models.ForeignKey(RelationshipManager, models.PROTECT, related_name="received")
    reason = models.TextField()
    """JSON: the codes and numbers behind the choice, worded when shown."""
    briefing = models.TextField(blank=True, default="")
    """JSON: what the receiving RM must know; empty below the top tiers."""
    message = models.TextField()
    """Draft to the customer. A person sends it."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handover", "customer"], name="handed_over_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} → {self.to_rm_id}"
