"""Who is in whose book: situations, openings, shares of the book's assets, orphans."""

from dataclasses import replace
from datetime import date, timedelta

from numpy.random import Generator

from yuandian.engine.simulate.book import Customer, Manager, Tenure
from yuandian.engine.simulate.brokerage.handover import hand_over
from yuandian.engine.simulate.brokerage.team import Member
from yuandian.engine.simulate.chance import below, pick, split
from yuandian.engine.simulate.days import WorkingDays

_CUSTOMERS = 700
_ORPHANS = 12
_SMALLEST_BOOK = 5
_SITUATIONS = {"idle_cash": 0.1, "withdrew": 0.05, "advice_ending": 0.06, "dormant": 0.09}
_UNFUNDED = 0.08
_LEFT = 0.03
_BIRTHDAY_SOON = 0.07
_ORGANISATION = 0.03
_DORMANT_DAYS = 100
_QUIET_WITHOUT_CAUSE = 0.6
_LEAST_FEN = 50_000
"""The smallest funded account, where the book allows it."""


def plan_customers(rng: Generator, team: list[Member], calendar: WorkingDays, scale: float) -> list[Customer]:
    """All customers in the order in which they opened, which is also the order of their ids."""
    orphans = max(3, round(_ORPHANS * scale))
    owned = round(_CUSTOMERS * scale) - orphans
    sizes = split(owned, [member.book_weight for member in team], least=_SMALLEST_BOOK)
    leader = max(team, key=lambda member: member.assets_fen)
    books = [
        _book(rng, member, size, calendar, won=member is leader) for member, size in zip(team, sizes, strict=True)
    ]
    books.append([_orphan(rng, team, calendar, n) for n in range(orphans)])
    planned = sorted((customer for book in books for customer in book), key=lambda customer: customer.opened_on)
    numbered = [replace(customer, customer_id=f"C{n:05d}") for n, customer in enumerate(planned, start=1)]
    return hand_over(rng, numbered, [member.manager for member in team], calendar)


def _book(rng: Generator, member: Member, size: int, calendar: WorkingDays, *, won: bool) -> list[Customer]:
    """One manager's customers, the largest first; `won` makes the largest the one with lucky draws."""
    opened_early = (calendar.last - member.manager.hired_on).days > _DORMANT_DAYS + 14
    unfunded = max(1, round(_UNFUNDED * size))
    situations = _situations(rng, size - unfunded, early=opened_early)
    if won:
        situations[0] = "always_won"
    funded = [situation for situation in situations if situation != "left"]
    weights = sorted(rng.lognormal(0, 1.1, size=len(funded)).tolist(), reverse=True)
    shares = iter(split(member.assets_fen, weights, least=min(_LEAST_FEN, member.assets_fen // (4 * size))))
    situations += ["unfunded"] * unfunded
    assets = [0 if situation in ("unfunded", "left") else next(shares) for situation in situations]
    return [
        _customer(rng, member.manager, calendar, situation, fen)
        for situation, fen in zip(situations, assets, strict=True)
    ]


def _situations(rng: Generator, count: int, *, early: bool) -> list[str]:
    """One a customer, largest first; those that call for a contact lie among the upper two thirds.

    Only who began early enough has customers who fell silent or left.
    """
    special = [
        situation
        for situation, share in _SITUATIONS.items()
        if early or situation != "dormant"
        for _ in range(max(1, round(share * count)))
    ]
    upper = max(len(special), 2 * count // 3)
    mixed: list[str] = rng.permutation(special + ["settled"] * (upper - len(special))).tolist()
    left = round(_LEFT * count) if early else 0
    return (mixed + ["settled"] * count)[: count - left] + ["left"] * left


def _customer(rng: Generator, manager: Manager, calendar: WorkingDays, situation: str, fen: int) -> Customer:
    opened_on = _opened_on(rng, manager, calendar, situation)
    channel = _channel(rng, manager, opened_on)
    organisation = rng.random() < _ORGANISATION
    remote = channel in ("online_chat", "own_network") and rng.random() < 0.6
    return Customer(
        customer_id="",
        kind="organisation" if organisation else "person",
        opened_on=opened_on,
        assets_fen=fen,
        situation=situation,
        channel=channel,
        outlet_id=None if remote else manager.outlet_id,
        tenures=(Tenure(manager, opened_on),),
        quiet_days=_quiet_days(rng, situation),
        birthday_soon=not organisation and bool(rng.random() < _BIRTHDAY_SOON),
    )


def _opened_on(rng: Generator, manager: Manager, calendar: WorkingDays, situation: str) -> date:
    def ago(days: int) -> date:
        return calendar.last - timedelta(days=days)

    if situation == "unfunded":
        return calendar.draw(rng, max(manager.hired_on, ago(21)), ago(3))
    if situation == "always_won":
        return calendar.draw(rng, manager.hired_on, ago(150))
    if situation in ("dormant", "left"):
        return calendar.draw(
            rng, manager.hired_on, max(ago(_DORMANT_DAYS + 10), manager.hired_on + timedelta(days=7))
        )
    return calendar.draw(rng, manager.hired_on, ago(14))


def _channel(rng: Generator, manager: Manager, opened_on: date) -> str:
    """A manager's own network dries up within weeks of starting."""
    fading = 2.0 ** (-(opened_on - manager.hired_on).days / 30)
    channels = {
        channel: weight * (fading if channel == "own_network" else 1)
        for channel, weight in manager.style.channels.items()
    }
    return pick(rng, channels)


def _quiet_days(rng: Generator, situation: str) -> int:
    if situation == "unfunded":
        return below(rng, 2, 6)
    if situation != "settled" or rng.random() < _QUIET_WITHOUT_CAUSE:
        return below(rng, 15, 61)
    return below(rng, 1, 15)


def _orphan(rng: Generator, team: list[Member], calendar: WorkingDays, number: int) -> Customer:
    """Opened by chat or at the counter and not funded yet; every third had an owner for some weeks."""
    opened_on = calendar.draw(rng, calendar.last - timedelta(days=60), calendar.last - timedelta(days=15))
    former = [member.manager for member in team if member.manager.hired_on <= opened_on]
    tenures: tuple[Tenure, ...] = ()
    if number % 3 == 0:
        until = calendar.draw(rng, opened_on + timedelta(days=7), calendar.last + timedelta(days=1))
        tenures = (Tenure(former[below(rng, 0, len(former))], opened_on, until),)
    return Customer(
        customer_id="",
        kind="person",
        opened_on=opened_on,
        assets_fen=0,
        situation="unfunded",
        channel=pick(rng, {"online_chat": 2.0, "walk_in": 1}),
        outlet_id=None,
        tenures=tenures,
        quiet_days=5,
    )
