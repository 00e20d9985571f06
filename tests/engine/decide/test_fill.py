"""The fill of the day: exact against brute force, and the tables it makes."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.busy import BUSY, branch
from tests.engine.nights import ago, label, night, owned, pack, playbook, rows

from yuandian.engine.decide.knapsack import Options, fill_days, warm

pytestmark = pytest.mark.req("D1")


def test_what_is_compiled_at_set_up_is_what_the_night_calls():
    warm()
    compiled = fill_days.signatures
    night(branch(1), BUSY)
    assert fill_days.signatures == compiled
    assert len(compiled) == 1


option = st.tuples(st.integers(1, 12), st.integers(1, 9), st.sampled_from([False, False, False, True]))
customer = st.lists(option, min_size=1, max_size=3).map(
    lambda options: sorted(options, key=lambda o: (o[0], -o[1]))
)
book = st.tuples(st.lists(customer, min_size=1, max_size=6), st.integers(0, 30))


def filled(books):
    """For each RM the taken options as (customer, option), the price of a minute and the overruns."""
    flat = [
        (rm, c, o)
        for rm, (customers, _) in enumerate(books)
        for c, options in enumerate(customers)
        for o in options
    ]
    starts = np.searchsorted([rm for rm, _, _ in flat], range(len(books) + 1))
    benefits = np.array([o[1] for _, _, o in flat])
    rm = np.array([rm for rm, _, _ in flat])
    options = Options(
        customers=np.array([100 * rm + c for rm, c, _ in flat]),
        minutes=np.array([o[0] for _, _, o in flat]),
        benefits=benefits,
        best_first=np.lexsort((-benefits, rm)) - starts[rm],
        free=np.array([not o[2] for _, _, o in flat]),
        taken=np.zeros(len(flat), dtype=np.bool_),
    )
    prices, overruns = fill_days(options, starts, np.array([capacity for _, capacity in books]))
    chosen = [
        [(c, o) for (of, c, o), taken in zip(flat, options.taken, strict=True) if taken and of == n]
        for n in range(len(books))
    ]
    return list(zip(chosen, prices.tolist(), overruns.tolist(), strict=True))


def best_by_trying_all(customers, capacity):
    """The definition, word by word: mandatory by benefit, then the best subset by (benefit, minutes, ids)."""
    taken, left, missed = {}, capacity, set()
    mandatory = [(c, o) for c, options in enumerate(customers) for o in options if o[2]]
    for c, o in sorted(mandatory, key=lambda pair: -pair[1][1]):
        if c not in taken:
            missed.add(c)
            if o[0] <= left:
                taken[c], left = o, left - o[0]
                missed.remove(c)
    free = [
        [None] + [o for o in options if not o[2]] if c not in taken else [None]
        for c, options in enumerate(customers)
    ]
    plans = [dict(enumerate(plan)) for plan in product(*free)]
    plans = [{c: o for c, o in plan.items() if o} for plan in plans]
    plans = [plan for plan in plans if sum(o[0] for o in plan.values()) <= left]
    best = max(sum(o[1] for o in plan.values()) for plan in plans)
    least = min(sum(o[0] for o in plan.values()) for plan in plans if sum(o[1] for o in plan.values()) == best)
    ties = [
        plan
        for plan in plans
        if (sum(o[1] for o in plan.values()), sum(o[0] for o in plan.values())) == (best, least)
    ]
    first = min(ties, key=lambda plan: [c not in plan for c in range(len(customers))])
    return taken, first, len(missed)


@given(st.lists(book, min_size=1, max_size=3))
@settings(max_examples=400, deadline=None)
def test_every_day_is_the_best_of_all_possible_days(books):
    for (customers, capacity), (chosen, _, overruns) in zip(books, filled(books), strict=True):
        taken, free, missed = best_by_trying_all(customers, capacity)
        wanted = taken | free
        assert [c for c, _ in chosen] == sorted(wanted)
        assert sum(o[1] for _, o in chosen) == sum(o[1] for o in wanted.values())
        assert sum(o[0] for _, o in chosen) == sum(o[0] for o in wanted.values()) <= capacity
        assert overruns == missed


@given(book)
@settings(max_examples=100, deadline=None)
def test_the_price_of_a_minute_is_what_the_last_minutes_bring(one):
    customers, capacity = one
    free = [[(minutes, benefit, False) for minutes, benefit, _ in options] for options in customers]
    ((chosen, price, _),) = filled([(free, capacity)])
    fitting = [
        o[0]
        for options in free
        for n, o in enumerate(options)
        if o[0] <= capacity and o[1] > max([0, *(p[1] for p in options[:n])])
    ]
    if not chosen:
        assert price == 0
        return
    assert 0 <= price * min(capacity, max(fitting)) <= sum(o[1] for _, o in chosen)


def test_a_great_book_is_filled_exactly():
    """5,000 options of one RM against the textbook recursion."""
    draw = np.random.default_rng(3)
    minutes, benefits = draw.integers(3, 40, 5000), draw.integers(1, 10**9, 5000)
    best = np.zeros(301, dtype=np.int64)
    for long, worth in zip(minutes, benefits, strict=True):
        best[long:] = np.maximum(best[long:], best[: len(best) - long] + worth)
    ((chosen, _, _),) = filled(
        [([[(int(m), int(b), False)] for m, b in zip(minutes, benefits, strict=True)], 300)]
    )
    assert sum(o[1] for _, o in chosen) == best[300]
    assert sum(o[0] for _, o in chosen) <= 300


@pytest.mark.parametrize("seed", [1, 2])
def test_the_lists_of_a_branch_keep_every_limit(seed):
    workspace = night(branch(seed), BUSY)
    work, days = rows(workspace, "worklist"), {day["rm_id"]: day for day in workspace.arrow("rm_days").to_pylist()}
    candidates = {(row["customer_id"], row["playbook"]): row for row in rows(workspace, "candidates")}
    assert len({row["customer_id"] for row in work}) == len(work) >= 9
    for rm, day in days.items():
        mine = sorted((row for row in work if row["rm_id"] == rm), key=lambda row: row["position"])
        assert [row["position"] for row in mine] == list(range(1, len(mine) + 1))
        assert sum(row["minutes"] for row in mine) == day["used_minutes"] <= day["minutes"]
        order = [(not row["mandatory"], -(row["benefit_fen"] * 10**6 // row["minutes"])) for row in mine]
        assert order == sorted(order)
    for row in work:
        source = candidates[row["customer_id"], row["playbook"]]
        assert source["barred"] is None
        assert {name: source[name] for name in row if name != "position"} == {
            name: row[name] for name in row if name != "position"
        }


def minutes_of(rm, limit=60):
    call = playbook("call", "true", minutes=1)
    facts = owned(1) | {"rms": [{"rm_id": 1, "hired_on": ago(9), **rm}]}
    (day,) = night(facts, pack(playbooks=[call], limits={"minutes_per_day": limit})).arrow("rm_days").to_pylist()
    return day["minutes"]


def test_minutes_are_the_rms_own_or_the_packs_and_none_outside_the_contract():
    assert minutes_of({"minutes_per_day": 45}) == 45
    assert minutes_of({}) == 60
    assert minutes_of({"minutes_per_day": 0}) == 0
    assert minutes_of({"minutes_per_day": -5}) == 0
    assert minutes_of({"minutes_per_day": 10**9}) == 1440
    assert minutes_of({"hired_on": ago(0)}) == 60
    assert minutes_of({"hired_on": ago(-1)}) == 0
    assert minutes_of({"left_on": ago(0)}) == 0


def test_an_rm_who_is_not_in_the_table_has_the_packs_minutes():
    workspace = night(owned(1) | {"rms": []}, pack(playbooks=[playbook("call", "true")]))
    assert rows(workspace, "worklist", "customer_id", "rm_id") == [{"customer_id": 1, "rm_id": 1}]


def test_mandatory_contacts_come_first_and_one_that_does_not_fit_is_an_overrun():
    playbooks = [
        playbook("duty", "tenure_days < 30", minutes=40, mandatory=True, worth={"of": "assets_fen", "ppm": 10**6, "why": label("w")}),
        playbook("rich", "tenure_days >= 30", minutes=20, effect_ppm=900_000),
    ]  # fmt: skip
    facts = owned(1, 2, 3) | {
        "customers": [{"customer_id": n, "opened_on": ago(days)} for n, days in ((1, 5), (2, 5), (3, 100))],
        "accounts": [
            {"account_id": n, "customer_id": n, "product_id": "fund", "opened_on": ago(9)} for n in (1, 2)
        ],
        "balances": [{"customer_id": n, "account_id": n, "date": ago(0), "amount_fen": 100 * n} for n in (1, 2)],
    }
    workspace = night(facts, pack(playbooks=playbooks))
    assert rows(workspace, "worklist", "customer_id", "position") == [
        {"customer_id": 2, "position": 1},
        {"customer_id": 3, "position": 2},
    ]
    assert workspace.overruns() == 1
    assert rows(workspace, "states", "decision")[0] == {"decision": "no_minutes"}
