"""The source case: 17 managers at bank outlets, half a year of work, 31 million yuan, little commission.

One manager is over 8 million, eight are at or over 1.2 million, the rest below, three of them below 300,000.
Customers without an owner have not put money in yet, so that the 17 books add up to the branch.
"""

from datetime import date, timedelta

from yuandian.engine.simulate.branch import Branch
from yuandian.engine.simulate.brokerage.activity import write_activity
from yuandian.engine.simulate.brokerage.books import plan_customers
from yuandian.engine.simulate.brokerage.events import write_advice, write_new_share_results
from yuandian.engine.simulate.brokerage.team import HALF_A_YEAR, hire_team
from yuandian.engine.simulate.chance import stream
from yuandian.engine.simulate.contacts import write_contacts
from yuandian.engine.simulate.customers import write_consents, write_customers, write_managers
from yuandian.engine.simulate.days import WorkingDays
from yuandian.engine.simulate.tabulate import Facts


def build(branch: Branch, *, as_of: date, seed: int, scale: float) -> Facts:
    """All facts of the branch. Each concern draws from its own stream."""
    calendar = WorkingDays.until(as_of, since=as_of - timedelta(days=HALF_A_YEAR))
    team = hire_team(stream(seed, "brokerage", "team"), branch, calendar)
    customers = plan_customers(stream(seed, "brokerage", "books"), team, calendar, scale)
    facts = Facts()
    write_managers(facts, stream(seed, "brokerage", "managers"), [member.manager for member in team])
    write_customers(facts, stream(seed, "brokerage", "customers"), customers, as_of)
    write_consents(facts, stream(seed, "brokerage", "consents"), customers, calendar)
    write_activity(facts, stream(seed, "brokerage", "activity"), customers, calendar)
    write_advice(facts, stream(seed, "brokerage", "advice"), customers, as_of)
    write_contacts(facts, stream(seed, "brokerage", "contacts"), customers, calendar)
    write_new_share_results(facts, stream(seed, "brokerage", "events"), customers, calendar)
    return facts
