"""What law and contract take from what was earned. Never below nothing; what is missing is owed and carried on.

Source: wage payment rules of 1994, articles 15 and 16 (docs/explanation/pay.md).
"""

from collections.abc import Sequence

from yuandian.engine.pay.city import Contribution
from yuandian.engine.pay.components import MILLION
from yuandian.engine.pay.lines import Line, Month, Step, gross, rounded, written
from yuandian.engine.pay.plan import Clawback, SocialInsurance


def employee_share(part: SocialInsurance, month: Month, lines: Sequence[Line]) -> list[Line]:
    """A line for each insurance and the housing fund. A month begun is contributed in full."""
    if reason := _exempt(month):
        return [Line(part.id, 0, reason, {"contract": month.contract}, deducts=True)]
    wage, left = _wage(part, month, lines), sum(line.amount_fen for line in lines)
    taken = []
    for item in month.rates.contributions:
        line = _contribution(part, item, wage, item.employee_ppm, item.extra_fen)
        paid = min(line.amount_fen, max(0, left))
        reason = line.reason if paid == line.amount_fen else "contribution_short"
        taken.append(line._replace(amount_fen=-paid, reason=reason, owed_fen=line.amount_fen - paid, deducts=True))
        left -= paid
    return taken


def employer_share(part: SocialInsurance, month: Month, lines: Sequence[Line]) -> list[Line]:
    """What the house pays beside the wage; not part of the statement's total."""
    if _exempt(month):
        return []
    wage = _wage(part, month, lines)
    return [_contribution(part, item, wage, item.employer_ppm, 0) for item in month.rates.contributions]


def clawback(part: Clawback, month: Month, lines: Sequence[Line]) -> Line:
    """Takes what is owed, within the plan's limit; of an employee also the law's, leaving the minimum wage."""
    new = month.amounts[part.of] if part.of else 0
    due = month.owed_fen + new + sum(line.owed_fen for line in lines)
    earned, net = gross(lines), sum(line.amount_fen for line in lines)
    ppm, room = part.limit_ppm, net
    if month.contract == "employee":
        ppm = min(ppm, month.rates.deduction_limit_ppm)
        room = min(net, (net if month.rates.minimum_is_net else earned) - minimum_wage(month))
    limit = max(0, min(rounded(earned * ppm, MILLION, part.rounding), room))
    taken = max(0, min(due, limit))
    step = Step(f"min({due}, {earned} × {ppm} ÷ {MILLION}, {room})", str(taken))
    inputs: dict[str, int | str | None] = {"due_fen": due, "limit_fen": limit, "carried_fen": due - taken}
    reason = "nothing_owed" if due <= 0 else "taken_back" if taken == due else "taken_within_limit"
    return Line(part.id, -taken, reason, inputs, (step,), part.rounding, owed_fen=new - taken, deducts=True)


def minimum_wage(month: Month) -> int:
    """Of the days employed, rounded up: the limit must not be missed by a fraction of a fen."""
    return -(-month.rates.minimum_wage_fen * month.days // month.of_days)


def _exempt(month: Month) -> str | None:
    if month.contract != "employee":
        return "not_an_employee"
    return None if month.days else "not_employed"


def _wage(part: SocialInsurance, month: Month, lines: Sequence[Line]) -> int:
    return month.amounts[part.of] if part.of else gross(lines)


def _contribution(part: SocialInsurance, item: Contribution, wage: int, ppm: int, extra: int) -> Line:
    base = max(item.floor_fen, min(wage, item.ceiling_fen))
    numerator = base * ppm + extra * MILLION
    work = f"{base} × {ppm} ÷ {MILLION}" + (f" + {extra}" if extra else "")
    inputs: dict[str, int | str | None] = {
        "wage_fen": wage,
        "floor_fen": item.floor_fen,
        "ceiling_fen": item.ceiling_fen,
        "ppm": ppm,
    }
    amount = rounded(numerator, MILLION, part.rounding)
    step = Step(work, written(numerator, MILLION))
    return Line(f"{part.id}.{item.id}", amount, "contribution", inputs, (step,), part.rounding)
