"""Who is in a made-up branch: managers with their style, customers with their situation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["person", "organisation"]


@dataclass(frozen=True)
class Style:
    """How a manager works: whom they win by which channel, at what price, and how they keep in touch."""

    id: str
    channels: Mapping[str, float]
    rates_ppm: tuple[int, ...]
    """Commission rates that the manager grants, of the traded amount (brokerage only)."""
    contacts_a_month: float
    purposes: Mapping[str, float]
    ways: Mapping[str, float]
    """Channels of contact."""
    skill: float
    """0 to 1: how often a contact ends well."""


SERVICE = Style(
    "service",
    {"referral": 5, "own_network": 3, "outlet": 2, "walk_in": 1},
    (600, 800, 1000, 2000),
    3.2,
    {"care": 5, "service": 4, "ask": 2},
    {"phone": 5, "wecom": 4, "visit": 2, "counter": 1},
    0.75,
)
LOBBY = Style(
    "lobby",
    {"outlet": 7, "walk_in": 2, "referral": 1, "own_network": 1},
    (500, 600, 800),
    2.4,
    {"care": 2, "service": 4, "ask": 4},
    {"phone": 4, "wecom": 3, "counter": 4},
    0.55,
)
MARKETING = Style(
    "marketing",
    {"outlet": 5, "own_network": 4, "walk_in": 3, "referral": 1},
    (300, 400, 600),
    3.0,
    {"care": 1, "service": 2, "ask": 7},
    {"phone": 7, "wecom": 3, "counter": 2},
    0.35,
)
ONLINE = Style(
    "online",
    {"online_chat": 8, "referral": 1, "own_network": 2},
    (300,),
    2.6,
    {"care": 2, "service": 3, "ask": 5},
    {"wecom": 8, "phone": 2},
    0.4,
)
"""The four ways of working in the source case: on customers, on lobby managers, on the street, by chat."""


@dataclass(frozen=True)
class Manager:
    """A relationship manager as the simulation knows one."""

    rm_id: str
    team_id: str
    outlet_id: str
    hired_on: date
    status: Literal["agent", "employee", "trial"]
    style: Style
    rate_ppm: int = 0


@dataclass(frozen=True)
class Tenure:
    """One manager's time with a customer: [active_from, active_to)."""

    manager: Manager
    active_from: date
    active_to: date | None = None


@dataclass(frozen=True)
class Customer:
    """A customer before the facts: the situation decides which reasons for a contact the facts will show."""

    customer_id: str
    kind: Kind
    opened_on: date
    assets_fen: int
    """What the open accounts hold on the last day."""
    situation: str
    channel: str
    outlet_id: str | None
    tenures: tuple[Tenure, ...]
    quiet_days: int
    """No contact of ours for so many days before the last."""
    birthday_soon: bool = False
