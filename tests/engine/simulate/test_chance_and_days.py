"""Shares that add up, streams that do not disturb each other, working days."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuandian.engine.simulate.chance import pick, split, stream
from yuandian.engine.simulate.days import MARKET, WorkingDays, is_working, moment
from yuandian.engine.simulate.people import birth_date_near


@given(st.integers(0, 10**12), st.lists(st.floats(0, 1e3), min_size=1, max_size=40))
def test_shares_add_up_and_stand_in_the_order_of_their_weights(total, weights):
    shares = split(total, weights)
    assert sum(shares) == total
    by_weight = [share for _, share in sorted(zip(weights, shares, strict=True))]
    assert all(later - before >= -1 for before, later in pairwise(by_weight))


def test_shares_by_largest_remainder_exactly():
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(10, [3, 1], least=2) == [7, 3]
    assert split(7, [0.5, 0.25, 0.25]) == [3, 2, 2]


def test_shares_that_cannot_reach_their_least_are_refused():
    with pytest.raises(ValueError, match="3 cannot give 2 shares of at least 2"):
        split(3, [1, 1], least=2)


def test_streams_of_one_seed_differ_by_name_and_repeat_by_name():
    first = stream(1, "bank", "team").integers(0, 10**9, 4).tolist()
    assert stream(1, "bank", "team").integers(0, 10**9, 4).tolist() == first
    assert stream(1, "bank", "books").integers(0, 10**9, 4).tolist() != first


def test_a_weight_of_zero_is_never_picked():
    rng = stream(1, "pick")
    assert {pick(rng, {"a": 0.0, "b": 1.0, "c": 2.0}) for _ in range(500)} == {"b", "c"}


def test_weekends_and_fixed_holidays_are_not_worked():
    assert is_working(date(2026, 11, 24))
    assert not is_working(date(2026, 11, 22))
    assert not is_working(date(2026, 10, 7))


def test_working_days_between_two_days_are_half_open():
    calendar = WorkingDays.until(date(2026, 11, 24), since=date(2026, 11, 1))
    assert calendar.between(date(2026, 11, 20), date(2026, 11, 24)) == (date(2026, 11, 20), date(2026, 11, 23))
    assert calendar.last == date(2026, 11, 24)
    assert calendar.month_ends() == ()


def test_moments_lie_within_market_hours():
    rng = stream(1, "moment")
    times = {moment(rng, date(2026, 11, 24), MARKET).strftime("%H:%M") for _ in range(500)}
    assert min(times) >= "09:30"
    assert max(times) < "15:00"
    assert not [time for time in times if "11:30" <= time < "13:00"]


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(0, 2**32))
def test_a_birthday_soon_is_within_its_days_in_any_year(as_of, seed):
    born = birth_date_near(stream(seed, "birth"), as_of, within_days=6)
    near = [born.replace(year=year) for year in (as_of.year, as_of.year + 1)]
    assert any(0 <= (day - as_of).days <= 7 for day in near)
