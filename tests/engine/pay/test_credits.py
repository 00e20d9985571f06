"""Whose an event is: at the time of the event, in whole fen, and given back to those who had it."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuandian.engine.pay.credits import Credit, Event, Holding, credits_of, divide, totals

DAY = date(2026, 6, 1)
RMS = ("A", "B", "C")
SHARES = st.lists(st.integers(1, 10**6), min_size=1, max_size=3).map(
    lambda weights: dict(zip(RMS, whole(weights), strict=False))
)


def whole(weights):
    """Shares in ppm that are a million together."""
    shares = [weight * 10**6 // sum(weights) for weight in weights]
    return [shares[0] + 10**6 - sum(shares), *shares[1:]]


@st.composite
def histories(draw):
    """Two customers, each passed on at up to three moments; sometimes split, sometimes nobody's."""
    holdings = []
    for customer in ("c1", "c2"):
        moments = sorted(draw(st.sets(st.integers(0, 60), max_size=3)))
        starts, ends = [-30, *moments], [*moments, None]
        for start, end in zip(starts, ends, strict=True):
            until = None if end is None else DAY + timedelta(end)
            shares = draw(st.one_of(st.just({}), SHARES))
            holdings += [Holding(customer, rm, DAY + timedelta(start), until, ppm) for rm, ppm in shares.items()]
    return holdings


@st.composite
def events(draw):
    """Events of either sign, some of them reversed later."""
    made = []
    for nth in range(draw(st.integers(1, 8))):
        amount = draw(st.integers(-(10**9), 10**9))
        day = DAY + timedelta(draw(st.integers(0, 60)))
        made.append(Event(f"e{nth}", draw(st.sampled_from(("c1", "c2"))), day, "income_fen", amount))
    undone = draw(st.sets(st.sampled_from(made)))
    later = DAY + timedelta(90)
    made += [
        Event(f"r-{one.event_id}", one.customer_id, later, one.input, -one.amount, one.event_id) for one in undone
    ]
    return made


@pytest.mark.req("P2")
@given(events(), histories())
@settings(max_examples=300, deadline=None)
def test_no_event_pays_more_or_less_than_it_is(happened, holdings):
    credits_ = credits_of(happened, holdings)
    for event in happened:
        mine = [credit for credit in credits_ if credit.event_id == event.event_id]
        assert sum(credit.amount for credit in mine) == event.amount
        assert len({credit.rm_id for credit in mine}) == len(mine)
        if event.reverses is None:
            owners = {
                one.rm_id
                for one in holdings
                if one.customer_id == event.customer_id
                and one.active_from <= event.occurred_on
                and (one.active_to is None or event.occurred_on < one.active_to)
            }
            assert {credit.rm_id for credit in mine} == (owners or {None})
    sums = totals(credits_)
    unowned = sum(credit.amount for credit in credits_ if credit.rm_id is None)
    assert sum(amounts["income_fen"] for amounts in sums.values()) + unowned == sum(one.amount for one in happened)


@given(events(), histories())
@settings(deadline=None)
def test_what_is_reversed_leaves_nothing(happened, holdings):
    """Whoever is accountable by then: the same people give back what they had been given, with the sign turned."""
    reversed_ = {one.reverses for one in happened if one.reverses}
    both = [credit for credit in credits_of(happened, holdings) if credit.event_id.removeprefix("r-") in reversed_]
    for amounts in totals(both).values():
        assert amounts == {"income_fen": 0}


@given(st.integers(-(10**12), 10**12), SHARES)
def test_shares_of_a_fen_go_by_largest_remainder(amount, shares):
    parts = divide(amount, shares)
    assert sum(parts.values()) == amount
    assert all(abs(parts[name] * 10**6 - amount * ppm) < 10**6 for name, ppm in shares.items())


@pytest.mark.req("P2")
def test_a_transfer_just_before_the_end_moves_nothing_that_was_earned_before():
    """A30: reassigned to oneself on the 29th."""
    holdings = [Holding("c1", "A", date(2026, 1, 1), date(2026, 6, 29)), Holding("c1", "B", date(2026, 6, 29))]
    happened = [
        Event("e1", "c1", date(2026, 6, 28), "openings", 1),
        Event("e2", "c1", date(2026, 6, 29), "openings", 1),
    ]
    assert totals(credits_of(happened, holdings)) == {"A": {"openings": 1}, "B": {"openings": 1}}


def test_thirds_of_a_hundred_fen():
    thirds = {"A": 333_333, "B": 333_333, "C": 333_334}
    assert divide(100, thirds) == {"A": 33, "B": 33, "C": 34}
    assert divide(-100, thirds) == {"A": -33, "B": -33, "C": -34}
    assert divide(1, {"A": 500_000, "B": 500_000}) == {"A": 1, "B": 0}


def test_an_event_of_nobody_is_seen_and_paid_to_no_one():
    found = credits_of([Event("e1", "c9", DAY, "income_fen", 500)], [])
    assert found == [Credit("e1", None, "income_fen", 500)]
    assert totals(found) == {}


FIRST = Event("e1", "c1", DAY, "income_fen", 500)


@pytest.mark.parametrize(
    ("happened", "message"),
    [
        ([FIRST, FIRST], "event e1 comes twice: keep one"),
        ([Event("r", "c1", DAY, "income_fen", -500, "e1")], "event r reverses e1, which is not before it"),
        ([FIRST, Event("r", "c1", DAY, "income_fen", -499, "e1")], "event r must take back e1 whole"),
        ([FIRST, Event("r", "c1", DAY, "openings", -500, "e1")], "event r must take back e1 whole"),
        (
            [
                FIRST,
                Event("r", "c1", DAY, "income_fen", -500, "e1"),
                Event("q", "c1", DAY, "income_fen", -500, "e1"),
            ],
            "event q reverses e1, which is reversed already",
        ),
    ],
)
def test_what_cannot_be_is_refused(happened, message):
    with pytest.raises(ValueError, match=message):
        credits_of(happened, [Holding("c1", "A", date(2026, 1, 1))])


def test_shares_that_are_not_the_whole_are_refused():
    holdings = [Holding("c1", "A", date(2026, 1, 1), share_ppm=600_000), Holding("c1", "B", date(2026, 1, 1))]
    with pytest.raises(
        ValueError, match="customer c1 on 2026-06-01: shares are 1600000 ppm; together they must be"
    ):
        credits_of([FIRST], holdings)
