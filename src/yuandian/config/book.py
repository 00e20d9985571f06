"""The `hand-over` command."""

from typing import Any

from django.utils import timezone

from yuandian.config.cli import refuse
from yuandian.config.night import chosen_branches, pack_of
from yuandian.operations.org import hand_over_book, propose_handover
from yuandian.operations.writing import RefusedError
from yuandian.records.org import RelationshipManager, User

EMPTY = (
    "{rm} 名下没有客户，没有可交接的（上一次交接：{handover}） / "
    "{rm} has no customer to pass on (the last handover: {handover})"
)


def pass_on_book(
    number: str, by: str, cause: str, branch_number: str | None, *, dry_run: bool
) -> tuple[dict[str, Any], list[str]]:
    """Propose, and unless it is a dry run, hand over; returns the JSON answer and its words."""
    now = timezone.now()
    today = timezone.localdate(now)
    branches = chosen_branches(branch_number)
    rm = RelationshipManager.objects.filter(branch__in=branches, number=number).first()
    user = User.objects.filter(username=by).first()
    if rm is None or user is None:
        refuse(f"no RM {number}" if rm is None else f"no user {by}")
    pack = pack_of(rm.branch.pack, rm.branch.source, today)
    proposals = propose_handover(rm=rm, on=today, pack=pack)
    names = dict(RelationshipManager.objects.filter(branch=rm.branch).values_list("pk", "number"))
    counts: dict[str, int] = {}
    for proposal in proposals:
        counts[names[proposal.rm_id]] = counts.get(names[proposal.rm_id], 0) + 1
    answer: dict[str, Any] = {"rm": number, "customers": len(proposals), "to": counts, "handover": None}
    if not dry_run:
        try:
            handover = hand_over_book(
                rm=rm, cause=cause, effective_on=today, by=user, at=now, pack=pack, proposals=proposals
            )
        except RefusedError as refused:
            if refused.code == "empty_book":
                refuse(EMPTY.format(**refused.inputs))
            refuse(f"{refused.code} {refused.inputs or ''}".strip())
        answer["handover"] = handover.pk
        answer["briefings"] = handover.lines.exclude(briefing="").count()
    return answer, [f"{len(proposals)} customers", *(f"  {rm_no}: {count}" for rm_no, count in counts.items())]
