"""What must hold at any moment (`yuandian verify`). Each invariant is a query for its violations."""

from dataclasses import dataclass

from django.db import connection

from yuandian.records.audit_rows import audit_checks
from yuandian.records.role import DDL, MIGHT, too_mighty


@dataclass(frozen=True)
class Finding:
    """One invariant's answer. `first_failure` names the first row that breaks it."""

    id: str
    ok: bool
    checked: int
    first_failure: str | None


@dataclass(frozen=True)
class Invariant:
    """`counted` gives how many rows were looked at, `violations` a text for each that breaks the rule."""

    id: str
    counted: str
    violations: str


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "one_owner_at_a_time",
        "SELECT count(*) FROM records_ownership",
        "SELECT 'customer ' || a.customer_id || ': periods ' || a.id || ' and ' || b.id "
        "FROM records_ownership a JOIN records_ownership b ON a.customer_id = b.customer_id AND a.id < b.id "
        "WHERE a.active_from < COALESCE(b.active_to, '9999-12-31') "
        "AND b.active_from < COALESCE(a.active_to, '9999-12-31')",
    ),
    Invariant(
        "owner_in_the_customers_branch",
        "SELECT count(*) FROM records_ownership",
        "SELECT 'ownership ' || o.id FROM records_ownership o JOIN records_customer c ON c.id = o.customer_id "
        "JOIN records_relationshipmanager r ON r.id = o.rm_id WHERE r.branch_id <> c.branch_id",
    ),
    Invariant(
        "received_is_accepted_unchanged_rejected",
        "SELECT count(*) FROM records_importbatch",
        "SELECT 'batch ' || b.id FROM records_importbatch b "
        "WHERE b.rows_done <> b.accepted + b.unchanged + b.rejected OR b.rejected <> "
        "(SELECT count(DISTINCT r.row) FROM records_importreject r WHERE r.batch_id = b.id)",
    ),
    Invariant(
        "days_are_sums_of_transactions",
        "SELECT count(*) FROM records_customerday",
        "SELECT 'customer ' || customer_id || ' ' || kind FROM ("
        "SELECT customer_id, kind, count(*) AS n, sum(amount_fen) AS net, sum(COALESCE(income_fen, 0)) AS income "
        "FROM records_transaction GROUP BY customer_id, kind UNION ALL "
        "SELECT customer_id, kind, -sum(transactions), -sum(inflow_fen - outflow_fen), -sum(income_fen) "
        "FROM records_customerday GROUP BY customer_id, kind) AS both_sides "
        "GROUP BY customer_id, kind HAVING sum(n) <> 0 OR sum(net) <> 0 OR sum(income) <> 0",
    ),
    Invariant(
        "a_line_stands_on_its_rms_branch",
        "SELECT count(*) FROM records_worklistitem",
        "SELECT 'line ' || i.id FROM records_worklistitem i JOIN records_customer c ON c.id = i.customer_id "
        "JOIN records_relationshipmanager r ON r.id = i.rm_id "
        "WHERE c.branch_id <> i.branch_id OR r.branch_id <> i.branch_id",
    ),
    Invariant(
        "a_lines_result_is_its_own_and_stands",
        "SELECT count(*) FROM records_worklistitem WHERE result_id IS NOT NULL",
        "SELECT 'line ' || i.id FROM records_worklistitem i JOIN records_contactresult r ON r.id = i.result_id "
        "WHERE r.item_id <> i.id OR r.voided_at IS NOT NULL",
    ),
    Invariant(
        "a_result_and_its_interaction_are_voided_together",
        "SELECT count(*) FROM records_contactresult",
        "SELECT 'result ' || r.id FROM records_contactresult r "
        "JOIN records_interaction n ON n.id = r.interaction_id "
        "WHERE (r.voided_at IS NULL) <> (n.voided_at IS NULL) OR r.customer_id <> n.customer_id",
    ),
    Invariant(
        "a_night_decided_every_customer",
        "SELECT count(*) FROM records_customerstate",
        "SELECT 'run ' || b.id FROM records_branchrun b WHERE b.id = (SELECT max(later.id) "
        "FROM records_branchrun later WHERE later.branch_id = b.branch_id AND later.as_of = "
        "(SELECT max(as_of) FROM records_branchrun l WHERE l.branch_id = b.branch_id)) "
        "AND b.customers - b.withdrawn <> (SELECT count(*) FROM records_customerstate s WHERE s.run_id = b.id)",
    ),
)


def verify() -> list[Finding]:
    """Check everything. The order is fixed, so two reports can be compared."""
    return [*(_check(invariant) for invariant in INVARIANTS), *_audit(), _app_role()]


def _check(invariant: Invariant) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(invariant.counted)
        checked = cursor.fetchone()[0]
        cursor.execute(f"{invariant.violations} LIMIT 1")
        first = cursor.fetchone()
    return Finding(invariant.id, first is None, checked, first and first[0])


def _app_role() -> Finding:
    """A10: who gets past the application still cannot change the schema or reach the server."""
    mighty = too_mighty()
    checked = len(MIGHT) + len(DDL) if connection.vendor == "postgresql" else 0
    return Finding(
        "the_database_role_is_no_more_than_the_applications", not mighty, checked, "; ".join(mighty) or None
    )


def _audit() -> list[Finding]:
    return [
        Finding(check.id, check.fault is None, check.checked, None if check.fault is None else str(check.fault))
        for check in audit_checks()
    ]
