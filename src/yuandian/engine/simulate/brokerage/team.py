"""The 17 managers: when they came, how they work, and what their books hold in the end."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from numpy.random import Generator

from yuandian.engine.simulate.book import LOBBY, MARKETING, ONLINE, SERVICE, Manager, Style
from yuandian.engine.simulate.branch import Branch, in_turn
from yuandian.engine.simulate.chance import below, split
from yuandian.engine.simulate.days import WorkingDays

HALF_A_YEAR = 182
"""Days for which the team has worked."""
TOTAL_FEN = 3_100_000_000
FORMAL_FEN = 120_000_000
"""Assets at or over which a manager signs a formal contract."""
_VETERANS = 8
_SHORT_OF_FORMAL_FEN = 102_000_000
"""One manager is 180,000 yuan short of the formal contract."""
_STYLES = (
    (SERVICE,) * 4 + (LOBBY, MARKETING, LOBBY, SERVICE) + (MARKETING, ONLINE, LOBBY, MARKETING) * 2 + (ONLINE,)
)


@dataclass(frozen=True)
class Member:
    """A manager with what the book must hold on the last day, and how large it is against the others'."""

    manager: Manager
    assets_fen: int
    book_weight: float


def hire_team(rng: Generator, branch: Branch, calendar: WorkingDays) -> list[Member]:
    """By id. The rank by assets is hidden behind shuffled ids."""
    targets = book_targets(rng)
    numbers = rng.permutation(len(targets)).tolist()
    members = [
        _member(rng, _hire(rng, branch, calendar, rank, numbers[rank]), calendar, target)
        for rank, target in enumerate(targets)
    ]
    return sorted(members, key=lambda member: member.manager.rm_id)


def book_targets(rng: Generator) -> list[int]:
    """What the 17 books hold, largest first, adding up to TOTAL_FEN.

    The seven after the first share what is left above the formal level. No share can pass 6.5 million: the
    widest spread of weights gives one of them 45 % of at most 11.7 million.
    """
    top = below(rng, 805_000_000, 905_000_000)
    middling = [below(rng, 32_000_000, 98_000_000) for _ in range(5)]
    small = [below(rng, 8_000_000, 28_000_000) for _ in range(3)]
    lower = [_SHORT_OF_FORMAL_FEN, *sorted(middling, reverse=True), *sorted(small, reverse=True)]
    seven = split(TOTAL_FEN - top - sum(lower), rng.uniform(0.3, 1.5, size=7).tolist(), least=FORMAL_FEN)
    return [top, *sorted(seven, reverse=True), *lower]


def _hire(rng: Generator, branch: Branch, calendar: WorkingDays, rank: int, number: int) -> Manager:
    style = _STYLES[rank]
    return Manager(
        rm_id=f"RM{number + 1:02d}",
        team_id=in_turn(branch.teams, number),
        outlet_id=in_turn(branch.outlets, number),
        hired_on=_hired_on(rng, calendar, rank),
        status=_status(rank),
        style=style,
        rate_ppm=_rate_ppm(rng, style, rank),
    )


def _rate_ppm(rng: Generator, style: Style, rank: int) -> int:
    """One of the style's rates but the highest, which only the second veteran gets: 0.2 %."""
    drawn = below(rng, 0, max(1, len(style.rates_ppm) - 1))
    return style.rates_ppm[-1 if rank == 1 else drawn]


def _member(rng: Generator, manager: Manager, calendar: WorkingDays, assets_fen: int) -> Member:
    """Who has worked longer has won more customers."""
    worked = (calendar.last - manager.hired_on).days / HALF_A_YEAR
    return Member(manager, assets_fen, 0.4 + worked * float(rng.uniform(0.8, 1.2)))


def _hired_on(rng: Generator, calendar: WorkingDays, rank: int) -> date:
    """The first on the first day, veterans within a month, the last three a few weeks ago."""
    if rank == 0:
        return calendar.days[0]
    first, last = (150, HALF_A_YEAR) if rank < _VETERANS else (70, 170) if rank < 14 else (28, 50)
    start = calendar.last - timedelta(days=last)
    return calendar.draw(rng, start, calendar.last - timedelta(days=first))


def _status(rank: int) -> Literal["agent", "employee", "trial"]:
    if rank < _VETERANS:
        return "employee"
    return "agent" if rank < 14 else "trial"
