"""The night as a whole: the same answer whatever the order, the kind of id, the future or the other customers."""

import itertools
import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.busy import BUSY, branch
from tests.engine.nights import AS_OF, ago, arrow, at, night, one, rows

from yuandian.engine.loop import STAGES, engine_run, run
from yuandian.engine.sql import Workspace
from yuandian.engine.tables import FEATURES, RESULTS, TABLES

RESULT_NAMES = tuple(table.name for table in RESULTS)
HASHED = (*RESULT_NAMES, "rm_days")


def hashes(workspace):
    return {table: workspace.hash(table) for table in HASHED}


@pytest.mark.req("K5", "D1")
def test_results_have_the_columns_of_their_tables():
    workspace = night(branch(1), BUSY)
    for table in RESULTS:
        declared = tuple(feature.id for feature in BUSY.features) if table is FEATURES else ()
        assert tuple(workspace.arrow(table.name).column_names) == (*table.names, *declared)


def test_every_stage_makes_what_it_says_and_reads_what_was_made():
    workspace = Workspace.from_arrow(arrow(branch(1)))
    run(workspace, BUSY, AS_OF, seed=1)
    known = {*TABLES, "flows"} - {table.name for table in RESULTS}
    for stage in STAGES:
        assert set(stage.reads) <= known
        known |= set(stage.makes)
        for table in stage.makes:
            workspace.rows(table)
    assert set(RESULT_NAMES) <= known


def squares() -> Callable[[], float]:
    """A watch that says 0, 1, 4, 9, 16 …, so that the nth pair of looks is 4n + 1 apart."""
    looks = itertools.count()
    return lambda: float(next(looks) ** 2)


def test_the_report_counts_and_the_listener_hears_every_stage():
    workspace, heard = Workspace.from_arrow(arrow(branch(1))), []
    hear = lambda stage, seconds: heard.append((stage, seconds))  # noqa: E731
    report = run(workspace, BUSY, AS_OF, seed=1, report=hear, clock=squares())
    assert heard == [("know", 1.0), ("candidates", 5.0), ("fill", 9.0), ("decisions", 13.0)]
    assert dict(heard) == report.seconds
    assert report.rows == {table: len(rows(workspace, table)) for table in RESULT_NAMES}
    assert report.overruns == sum(day["overruns"] for day in workspace.arrow("rm_days").to_pylist())


def test_a_night_can_be_run_again_on_the_same_workspace():
    workspace = night(branch(1), BUSY)
    first = hashes(workspace)
    run(workspace, BUSY, AS_OF, seed=1)
    assert hashes(workspace) == first


@given(st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_the_order_of_rows_and_the_threads_do_not_matter(chance):
    facts = branch(2)
    shuffled = {table: chance.sample(lines, len(lines)) for table, lines in facts.items()}
    workspace = Workspace.from_arrow(arrow(shuffled), threads=2)
    run(workspace, BUSY, AS_OF, seed=1)
    assert hashes(workspace) == hashes(night(facts, BUSY))


def test_numbers_and_texts_as_ids_give_the_same_rows():
    facts = branch(3, customers=90)
    texts = {table: [_worded(line) for line in lines] for table, lines in facts.items()}
    numbers, words = night(facts, BUSY), night(texts, BUSY)
    for table in RESULT_NAMES:
        assert [_worded(row) for row in rows(numbers, table)] == rows(words, table)
    assert words.arrow("states").schema.field("customer_id").type == "string"


def _worded(line):
    """Ids as texts that sort as their numbers do."""
    ids = {name for name in line if name.endswith("_id") and name != "product_id"}
    return {name: f"{value:06}" if name in ids and value is not None else value for name, value in line.items()}


AFTER = st.integers(1, 400).map(lambda days: AS_OF + timedelta(days=days))
LATER = st.integers(1, 400).map(lambda days: at(-days, 0))
WHO = {"customer_id": st.integers(1, 60)}
FUTURE = {
    "transactions": {**WHO, "transaction_id": st.integers(10**6, 10**12), "occurred_at": LATER, "amount_fen": st.integers(-(10**9), 10**9)},
    "balances": {**WHO, "account_id": st.integers(1, 119), "date": AFTER, "amount_fen": st.integers(0, 10**9)},
    "interactions": {**WHO, "interaction_id": st.integers(10**6, 10**12), "occurred_at": LATER},
    "events": {**WHO, "event_id": st.integers(10**6, 10**12), "occurred_at": LATER, "kind": st.just("complaint")},
    "consents": {**WHO, "channel": st.sampled_from(["phone", "wecom", "sms"]), "changed_at": LATER, "granted": st.booleans()},
    "accounts": {**WHO, "account_id": st.integers(10**6, 10**12), "product_id": st.just("loan"), "opened_on": AFTER},
    "contracts": {**WHO, "contract_id": st.integers(10**6, 10**12), "product_id": st.just("loan"), "opened_on": AFTER},
    "ownerships": {**WHO, "rm_id": st.integers(1, 4), "active_from": AFTER},
}  # fmt: skip
ENDINGS = {"accounts": "closed_on", "contracts": "closed_on", "ownerships": "active_to", "rms": "left_on"}
fact = st.one_of(*(st.tuples(st.just(table), st.fixed_dictionaries(fields)) for table, fields in FUTURE.items()))
BASE = branch(4)
BASE_HASHES = hashes(night(BASE, BUSY))


@given(st.lists(fact, min_size=1, max_size=20), st.sets(st.sampled_from(sorted(ENDINGS))), AFTER)
@settings(max_examples=25, deadline=None)
@pytest.mark.req("K5", "D1")
def test_no_fact_after_the_day_changes_anything(facts, ended, end):
    """New facts, and endings of what still ran on the day."""
    future = {table: [dict(line) for line in lines] for table, lines in BASE.items()}
    for table, line in facts:
        future[table].append(line)
    for table in ended:
        for line in future[table]:
            if line.get(ENDINGS[table]) is None or line[ENDINGS[table]] > AS_OF:
                line[ENDINGS[table]] = end
    assert hashes(night(future, BUSY)) == BASE_HASHES


def test_a_future_customer_is_counted_and_changes_no_other():
    newcomer = {"customer_id": 61, "opened_on": ago(-1)}
    workspace = night(BASE | {"customers": [*BASE["customers"], newcomer]}, BUSY)
    assert one(workspace, "states", 61)["decision"] == "not_yet_customer"
    assert {table: workspace.hash(table) for table in HASHED if table != "states"} == {
        table: value for table, value in BASE_HASHES.items() if table != "states"
    }


@pytest.mark.req("K5")
def test_one_customer_alone_has_the_same_features_and_levels_as_among_all():
    full = night(BASE, BUSY)
    for customer in random.Random(1).sample(range(1, 61), 6):
        alone = {
            table: [line for line in lines if table == "rms" or line["customer_id"] == customer]
            for table, lines in BASE.items()
        }
        workspace = night(alone, BUSY)
        assert one(workspace, "states", customer)["tier"] == one(full, "states", customer)["tier"]
        for table in ("features", "candidates"):
            mine = [row for row in rows(full, table) if row["customer_id"] == customer]
            assert rows(workspace, table) == mine
        before = {"rm_id", "tier", "stage", "segment", "assets_fen", "days_since_contact"}
        state, same = one(workspace, "states", customer), one(full, "states", customer)
        assert {name: state[name] for name in before} == {name: same[name] for name in before}


@pytest.mark.req("D1")
def test_engine_run_goes_from_parquet_to_parquet(tmp_path):
    facts = tmp_path / "facts"
    source = Workspace.from_arrow(arrow(BASE))
    source.write_parquet(facts, tuple(BASE))
    answer = engine_run(facts, BUSY, AS_OF, tmp_path / "out", clock=squares())
    assert set(answer) == {"rows", "hash", "seconds", "peak_bytes"}
    assert answer["hash"] == {table: BASE_HASHES[table] for table in RESULT_NAMES}
    stages = {"know": 1.0, "candidates": 5.0, "fill": 9.0, "decisions": 13.0}
    assert answer["seconds"] == {**stages, "write": 81.0 - 64.0, "hash": 100.0 - 81.0}
    assert answer["peak_bytes"] > 2**20
    written = Workspace()
    for table in RESULT_NAMES:
        path = tmp_path / "out" / f"{table}.parquet"
        written.connection.execute(f"CREATE TABLE {table} AS FROM read_parquet('{path}')")
        assert written.rows(table) == answer["rows"][table]
        assert written.hash(table) == answer["hash"][table]
