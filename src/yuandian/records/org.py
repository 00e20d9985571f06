"""Who works where: branch, team, outlet, relationship manager, and who may sign in."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Branch(models.Model):
    """One place with one pack. Natural keys of everything below are unique within it."""

    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    pack = models.CharField(max_length=40)
    source = models.CharField(max_length=40, blank=True, default="")
    currency = models.CharField(max_length=3, default="CNY")
    is_made_up = models.BooleanField(default=False)
    """Demo data: every page says so."""

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="teams")
    number = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["branch", "number"], name="team_number")]

    def __str__(self) -> str:
        return self.name


class Outlet(models.Model):
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="outlets")
    number = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["branch", "number"], name="outlet_number")]

    def __str__(self) -> str:
        return self.name


class RelationshipManager(models.Model):
    """客户经理 (RM). `left_on` is the first day no longer here."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="rms")
    number = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="rms")
    outlet = models.ForeignKey(Outlet, models.PROTECT, null=True, related_name="rms")
    hired_on = models.DateField()
    left_on = models.DateField(null=True)
    status = models.CharField(max_length=20, default="employee")
    minutes_per_day = models.IntegerField(null=True)
    batch = models.ForeignKey("records.ImportBatch", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["branch", "number"], name="rm_number")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    RM = "rm"
    LEADER = "leader"
    BRANCH_MANAGER = "branch_manager"
    SERVICE_OWNER = "service_owner"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class User(AbstractBaseUser):
    """Who signs in. An RM is a person of the branch; a user is their key to the house."""

    username = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="users")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="users")
    rm = models.OneToOneField(RelationshipManager, models.PROTECT, null=True, related_name="user")
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, blank=True, default="")
    """Empty until chosen: as the browser says, Chinese where it says neither."""
    theme = models.CharField(max_length=8, default="auto", choices=[(c, c) for c in ("auto", "light", "dark")])
    rise = models.CharField(max_length=8, default="auto", choices=[(c, c) for c in ("auto", "red", "green")])
    has_shortcuts = models.BooleanField(default=True)

    objects = BaseUserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name", "role"]

    def __str__(self) -> str:
        return self.name
