"""The ten managers of the bank branch."""

from datetime import timedelta

from numpy.random import Generator

from yuandian.engine.simulate.book import LOBBY, MARKETING, SERVICE, Manager
from yuandian.engine.simulate.branch import Branch, in_turn
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import WorkingDays

_STYLES = (SERVICE, LOBBY, SERVICE, MARKETING, LOBBY, SERVICE, MARKETING, LOBBY, SERVICE, MARKETING)
_LONGEST_DAYS = 4_300
_TRIAL_DAYS = 60


def hire_team(rng: Generator, branch: Branch, calendar: WorkingDays) -> list[Manager]:
    """By id: the first has been here longest, the last is on trial."""
    ago = [_LONGEST_DAYS, *(below(rng, 200, _LONGEST_DAYS) for _ in _STYLES[2:]), _TRIAL_DAYS]
    return [
        Manager(
            rm_id=f"RM{n + 1:02d}",
            team_id=in_turn(branch.teams, n),
            outlet_id=in_turn(branch.outlets, n),
            hired_on=calendar.days[calendar.index(calendar.last - timedelta(days=days))],
            status="employee" if days > _TRIAL_DAYS else "trial",
            style=style,
        )
        for n, (days, style) in enumerate(zip(ago, _STYLES, strict=True))
    ]
