"""What a night made, into the database: one INSERT … SELECT a table, inside the caller's transaction."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
from django.db import connection

from yuandian.records.frames.dialect import dialect
from yuandian.records.runs import BranchRun

_STATE = ("tier", "stage", "segment")
_ITEM = (
    "playbook",
    "channel",
    "purpose",
    "minutes",
    "mandatory",
    "worth_fen",
    "effect_ppm",
    "benefit_fen",
    "inputs",
)


def replace_results(run: BranchRun, results: Mapping[str, pa.Table]) -> None:
    """Write `states`, `candidates` and `worklist` of one branch's night over those of the night before.

    List lines on which something was logged stay as they are: what was done is never rewritten.
    """
    staged = {name: dialect().stage(results[name]) for name in ("states", "candidates", "worklist")}
    # A night made up later for an earlier day leaves today's word alone.
    is_old = BranchRun.objects.filter(branch=run.branch_id, as_of__gt=run.as_of).exists()
    with connection.cursor() as cursor:
        for statement in (
            *(() if is_old else (_states(run, staged["states"]), *_candidates(run, staged["candidates"]))),
            *_worklist(run, run.as_of, staged["worklist"]),
        ):
            cursor.execute(statement)


def _states(run: BranchRun, staged: str) -> str:
    names = (*_STATE, "assets_fen", "assets_30d_fen", "days_since_contact", "decision", "decision_inputs")
    texts = {name: f"COALESCE({name}, '')" for name in _STATE} | {
        "decision_inputs": "COALESCE(decision_inputs, '{}')"
    }
    values = ", ".join(texts.get(name, name) for name in names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in ("branch_id", "run_id", "as_of", *names))
    return (
        f"INSERT INTO records_customerstate (customer_id, branch_id, run_id, as_of, {', '.join(names)}) "
        f"SELECT customer_id, {run.branch_id:d}, {run.pk:d}, '{run.as_of.isoformat()}', {values} FROM {staged} "
        f"WHERE true ON CONFLICT (customer_id) DO UPDATE SET {changes}"
    )


def _candidates(run: BranchRun, staged: str) -> tuple[str, str]:
    names = ", ".join(_ITEM)
    values = names.replace("channel", "COALESCE(channel, '')")
    return (
        (
            "DELETE FROM records_candidate WHERE run_id IN "
            f"(SELECT id FROM records_branchrun WHERE branch_id = {run.branch_id:d})"
        ),
        (
            f"INSERT INTO records_candidate (run_id, customer_id, rm_id, barred, {names}) "
            f"SELECT {run.pk:d}, customer_id, rm_id, COALESCE(barred, ''), {values} FROM {staged}"
        ),
    )


def _worklist(run: BranchRun, as_of: date, staged: str) -> tuple[str, str, str]:
    """Open lines that are no longer chosen go (what was taken back on them stays, without a line); lines that
    are chosen again keep their id, so that a card that is open somewhere can still be tapped. An owner who
    changed while the night was computed gets no line.
    """
    names = ("rm_id", "position", *_ITEM)
    day = f"'{as_of.isoformat()}'"
    version = run.pack_version.replace("'", "''")
    changes = ", ".join(f"{name} = excluded.{name}" for name in ("run_id", "pack_version", *names))
    dropped = (
        f"branch_id = {run.branch_id:d} AND as_of = {day} AND result_id IS NULL "
        f"AND customer_id NOT IN (SELECT customer_id FROM {staged})"
    )
    return (
        (
            "UPDATE records_contactresult SET item_id = NULL WHERE item_id IN "
            f"(SELECT id FROM records_worklistitem WHERE {dropped})"
        ),
        f"DELETE FROM records_worklistitem WHERE {dropped}",
        (
            "INSERT INTO records_worklistitem "
            f"(branch_id, run_id, as_of, customer_id, pack_version, {', '.join(names)}) "
            f"SELECT {run.branch_id:d}, {run.pk:d}, {day}, customer_id, '{version}', {', '.join(names)} "
            f"FROM {staged} s WHERE EXISTS (SELECT 1 FROM records_ownership o WHERE o.customer_id = s.customer_id "
            f"AND o.rm_id = s.rm_id AND o.active_from <= {day} AND (o.active_to IS NULL OR o.active_to > {day})) "
            "ON CONFLICT (branch_id, as_of, customer_id) "
            f"DO UPDATE SET {changes} WHERE records_worklistitem.result_id IS NULL"
        ),
    )
