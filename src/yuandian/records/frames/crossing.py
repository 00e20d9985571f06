"""How a table of the engine lies in the database: which model, which column where."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import Model

from yuandian.engine.tables import TABLES, Column, Table
from yuandian.records.customers import Consent, Customer, Ownership, Relation
from yuandian.records.facts import (
    Account,
    Balance,
    Contract,
    CustomerDay,
    Event,
    Interaction,
    Product,
    Transaction,
)
from yuandian.records.org import Outlet, RelationshipManager, Team

MODELS: Mapping[str, type[Model]] = MappingProxyType(
    {
        "rms": RelationshipManager,
        "customers": Customer,
        "ownerships": Ownership,
        "consents": Consent,
        "relations": Relation,
        "accounts": Account,
        "contracts": Contract,
        "balances": Balance,
        "transactions": Transaction,
        "interactions": Interaction,
        "events": Event,
        "customer_days": CustomerDay,
        "products": Product,
        "teams": Team,
        "outlets": Outlet,
    }
)
"""Fact tables and what they refer to. A column that refers is the model's foreign key of the same name;
the table's own id is the model's `number`."""


def database_table(name: str) -> str:
    """The database's name for a table of ours."""
    return MODELS[name]._meta.db_table


def has_branch(name: str) -> bool:
    """Whether the rows carry their branch themselves or get it from their customer."""
    return any(field.name == "branch" for field in MODELS[name]._meta.concrete_fields)


def is_own_id(table: Table, column: Column) -> bool:
    """Whether the column is the table's own id (`number` in the database)."""
    return table.key == (column.name,) and not column.refers


def database_column(table: Table, column: Column) -> str:
    """The database's name for a column of ours."""
    return "number" if is_own_id(table, column) else column.name


def fact(name: str) -> Table:
    return TABLES[name]
