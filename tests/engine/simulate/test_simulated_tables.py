"""What holds for every simulated branch: shape, keys, references, time, and the same again from the same seed."""

from datetime import date
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from yuandian.engine.simulate import describe_branch, simulate_branch
from yuandian.engine.tables import FACTS, Table

TUESDAY, SUNDAY = date(2026, 11, 24), date(2027, 2, 21)
TYPES = {
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int64(),
    "fen": pa.int64(),
    "ppm": pa.int64(),
    "flag": pa.bool_(),
}
KEYS = {"rms": "rm_id", "customers": "customer_id", "accounts": "account_id"}
PROMISES = {("contracts", "ends_on"), ("interactions", "callback_on")}


@pytest.fixture(scope="module", params=["brokerage", "bank"])
def pack_id(request):
    return request.param


@pytest.fixture(scope="module", params=[(TUESDAY, 1, 1.0), (SUNDAY, 2, 1.0), (TUESDAY, 3, 0.2)], ids=str)
def branch(request, pack_id):
    as_of, seed, scale = request.param
    return as_of, simulate_branch(pack_id, as_of=as_of, seed=seed, scale=scale)


@pytest.mark.parametrize("table", FACTS, ids=lambda table: table.name)
class TestTable:
    def test_has_every_column_in_order_with_its_arrow_type(self, branch, table: Table):
        expected = pa.schema([(column.name, TYPES.get(column.type, pa.string())) for column in table])
        assert branch[1][table.name].schema == expected

    def test_key_is_unique(self, branch, table: Table):
        rows = branch[1][table.name]
        assert rows.group_by(list(table.key)).aggregate([]).num_rows == rows.num_rows

    def test_required_columns_are_filled(self, branch, table: Table):
        rows = branch[1][table.name]
        assert {column.name: rows[column.name].null_count for column in table if column.required} == {
            column.name: 0 for column in table if column.required
        }

    def test_closed_codes_hold_only_their_choices(self, branch, table: Table):
        rows = branch[1][table.name]
        for column in table:
            if column.choices:
                assert set(rows[column.name].drop_null().to_pylist()) <= set(column.choices)

    def test_references_lead_to_a_row(self, branch, table: Table):
        facts = branch[1]
        for column in table:
            if column.refers in KEYS:
                known = facts[column.refers][KEYS[column.refers]]
                found = pc.is_in(facts[table.name][column.name].drop_null(), value_set=known)
                assert pc.all(found, min_count=0).as_py(), column.name

    def test_nothing_is_later_than_the_day_but_promises(self, branch, table: Table):
        as_of, facts = branch
        for column in table:
            if column.type in ("date", "timestamp") and (table.name, column.name) not in PROMISES:
                latest = pc.max(facts[table.name][column.name].cast(pa.date32(), safe=False)).as_py()
                assert latest is None or latest <= as_of, column.name


def test_the_same_arguments_give_the_same_tables(pack_id):
    first = simulate_branch(pack_id, as_of=TUESDAY, seed=7, scale=0.3)
    again = simulate_branch(pack_id, as_of=TUESDAY, seed=7, scale=0.3)
    assert {name: table.equals(again[name]) for name, table in first.items()} == dict.fromkeys(first, True)


def test_another_seed_gives_another_branch(pack_id):
    one = simulate_branch(pack_id, as_of=TUESDAY, seed=1, scale=0.3)
    two = simulate_branch(pack_id, as_of=TUESDAY, seed=2, scale=0.3)
    assert not one["customers"].equals(two["customers"])
    assert not one["transactions"].equals(two["transactions"])


@pytest.mark.req("K2")
def test_periods_of_ownership_never_overlap(branch):
    spans: dict[str, list[tuple[date, date]]] = {}
    for row in branch[1]["ownerships"].to_pylist():
        spans.setdefault(row["customer_id"], []).append((row["active_from"], row["active_to"] or date.max))
    for periods in spans.values():
        assert all(start < stop for start, stop in periods)
        ordered = sorted(periods)
        assert all(before[1] <= after[0] for before, after in pairwise(ordered))


def test_managers_work_on_weekdays_only(branch):
    rows = branch[1]["interactions"].filter(pc.field("rm_id").is_valid())
    assert pc.max(pc.day_of_week(rows["occurred_at"])).as_py() <= 4


def test_nothing_happens_before_the_customer_opened(branch):
    facts = branch[1]
    opened = dict(zip(*facts["customers"].select(["customer_id", "opened_on"]).to_pydict().values(), strict=True))
    for name in ("transactions", "interactions", "events"):
        for row in facts[name].select(["customer_id", "occurred_at"]).to_pylist():
            assert row["occurred_at"].date() >= opened[row["customer_id"]]


def test_a_contact_is_by_the_owner_of_the_day(branch):
    facts = branch[1]
    owners: dict[str, list[tuple[str, date, date]]] = {}
    for row in facts["ownerships"].to_pylist():
        period = (row["rm_id"], row["active_from"], row["active_to"] or date.max)
        owners.setdefault(row["customer_id"], []).append(period)
    for row in facts["interactions"].filter(pc.field("rm_id").is_valid()).to_pylist():
        day = row["occurred_at"].date()
        held = [rm for rm, start, stop in owners[row["customer_id"]] if start <= day < stop]
        assert held == [row["rm_id"]]


def test_no_balance_is_below_zero(branch):
    assert pc.min(branch[1]["balances"]["amount_fen"]).as_py() >= 0


def test_phones_are_unique_and_of_the_made_up_block(branch):
    phones = branch[1]["customers"]["phone"].to_pylist()
    assert len(set(phones)) == len(phones)
    assert all(len(phone) == 11 and phone.startswith("1990000") for phone in phones)


def test_no_identity_number_is_made_up(branch):
    customers = branch[1]["customers"]
    assert customers["document_no"].null_count == customers.num_rows


def test_teams_and_outlets_of_the_facts_have_names(pack_id):
    facts, place = simulate_branch(pack_id, as_of=TUESDAY, scale=0.3), describe_branch(pack_id)
    assert set(facts["rms"]["team_id"].to_pylist()) == set(place.teams)
    assert set(facts["rms"]["outlet_id"].to_pylist()) == set(place.outlets)
    assert set(facts["customers"]["outlet_id"].drop_null().to_pylist()) <= set(place.outlets)


def test_a_pack_without_a_branch_is_refused_by_name():
    with pytest.raises(ValueError, match="no demo branch for pack 'telecom'; there is one for brokerage, bank"):
        simulate_branch("telecom", as_of=TUESDAY)


def test_a_scale_too_small_to_show_anything_is_refused():
    with pytest.raises(ValueError, match=r"scale is 0\.1; it must be at least 0\.2"):
        simulate_branch("bank", as_of=TUESDAY, scale=0.1)
