"""A retail branch of a bank: 10 managers, 1,500 customers, deposits that mature around the last day."""

from datetime import date, timedelta

from yuandian.engine.simulate.bank.books import plan_customers
from yuandian.engine.simulate.bank.events import write_events
from yuandian.engine.simulate.bank.flows import write_flows
from yuandian.engine.simulate.bank.holdings import plan_holdings, write_holdings
from yuandian.engine.simulate.bank.team import hire_team
from yuandian.engine.simulate.branch import Branch
from yuandian.engine.simulate.chance import stream
from yuandian.engine.simulate.contacts import write_contacts
from yuandian.engine.simulate.customers import write_consents, write_customers, write_managers
from yuandian.engine.simulate.days import WorkingDays
from yuandian.engine.simulate.tabulate import Facts

_YEARS = 13
_PACE = 0.3
"""A book here is four times as large as at the brokerage."""


def build(branch: Branch, *, as_of: date, seed: int, scale: float) -> Facts:
    """All facts of the branch. Each concern draws from its own stream."""
    calendar = WorkingDays.until(as_of, since=as_of - timedelta(days=365 * _YEARS))
    managers = hire_team(stream(seed, "bank", "team"), branch, calendar)
    customers = plan_customers(stream(seed, "bank", "books"), managers, calendar, scale)
    holdings = plan_holdings(stream(seed, "bank", "holdings"), customers, as_of)
    facts = Facts()
    write_managers(facts, stream(seed, "bank", "managers"), managers)
    write_customers(facts, stream(seed, "bank", "customers"), customers, as_of)
    write_consents(facts, stream(seed, "bank", "consents"), customers, calendar)
    write_holdings(facts, holdings)
    write_flows(facts, stream(seed, "bank", "flows"), holdings, as_of)
    write_contacts(facts, stream(seed, "bank", "contacts"), customers, calendar, pace=_PACE)
    write_events(facts, stream(seed, "bank", "events"), customers, calendar)
    return facts
