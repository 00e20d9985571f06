"""Decide: one row a customer, with the reason for being on the list or not (requirement D1)."""

from pathlib import Path

from yuandian.engine.sql import Night, Sql, Workspace, literal


def decisions(workspace: Workspace, night: Night) -> None:
    """Make `states`; reasons are codes of `tables.LEFT_OUT` or `listed`, worded where they are shown.

    A customer without a candidate is stopped by the first that applies: not yet a customer on the day, no
    accountable RM, no open account where the pack needs one, no playbook whose condition holds.
    """
    limits = night.pack.limits
    cool_downs = (
        f"WHEN {literal(playbook.id)} THEN {playbook.cool_down_days}" for playbook in night.pack.playbooks
    )
    workspace.run(
        Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
        as_of=night.as_of,
        needs_open_account=limits.needs_open_account,
        min_days_between=limits.min_days_between,
        cool_downs=Sql(" ".join(cool_downs) or "WHEN NULL THEN NULL"),
    )
