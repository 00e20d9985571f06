"""What law and contract take from what was earned. Never below nothing; what is missing is owed and carried on.

Source: wage payment rules of 1994, articles 15 and 16 (docs/explanation/pay.md).
"""

from collections.abc import Sequence

from yuandian.engine.pay.city import Contribution
from yuandian.engine.pay.components import MILLION, Inputs
from yuandian.engine.pay.lines import Line, Month, Step, gross, rounded
from yuandian.engine.pay.plan import Clawback, SocialInsurance


def contributions(part: SocialInsurance, month: Month, lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """What the employee pays, a line for each insurance and the housing fund; what the house pays beside it.

    A month begun is contributed in full.
    """
    if month.contract != "employee" or not month.days:
        reason = "not_employed" if month.contract == "employee" else "not_an_employee"
        return [Line(part.id, 0, reason, {"contract": month.contract}, deducts=True)], []
    earned, left = gross(lines), sum(line.amount_fen for line in lines)
    wage = month.amounts[part.of] if part.of else earned
    taken, beside = [], []
    for item in month.rates.contributions:
        due = _contribution(part, item, wage, item.employee_ppm, item.extra_fen)
        line = _paid(due, min(due.amount_fen, left))
        left += line.amount_fen
        taken.append(line)
        beside.append(_contribution(part, item, wage, item.employer_ppm, 0))
    return taken, beside


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
    step = Step("max(0, min({}, {} × {} ÷ {}, {}))", (due, earned, ppm, MILLION, room), taken)
    inputs: Inputs = {"due_fen": due, "limit_fen": limit, "carried_fen": due - taken}
    reason = "nothing_owed" if due <= 0 else "taken_back" if taken == due else "taken_within_limit"
    return Line(part.id, -taken, reason, inputs, (step,), part.rounding, owed_fen=new - taken, deducts=True)


def minimum_wage(month: Month) -> int:
    """Of the days employed, rounded up: the limit must not be missed by a fraction of a fen."""
    return -(-month.rates.minimum_wage_fen * month.days // month.of_days)


def _contribution(part: SocialInsurance, item: Contribution, wage: int, ppm: int, extra: int) -> Line:
    low, high = item.floor_fen, item.ceiling_fen
    base = max(low, min(wage, high))
    numerator = base * ppm + extra * MILLION
    form = "{} × {} ÷ {} + {}" if extra else "{} × {} ÷ {}"
    step = Step(form, (base, ppm, MILLION, extra), numerator, MILLION)
    inputs: Inputs = {"wage_fen": wage, "floor_fen": low, "ceiling_fen": high, "ppm": ppm}
    amount = rounded(numerator, MILLION, part.rounding)
    return Line(f"{part.id}.{item.id}", amount, "contribution", inputs, (step,), part.rounding)


def _paid(due: Line, paid: int) -> Line:
    """The employee's line: what the wage suffices for is taken, the rest is owed."""
    name, amount, reason, inputs, steps, rounding, *_ = due
    if paid < amount:
        reason = "contribution_short"
    return Line(name, -paid, reason, inputs, steps, rounding, amount - paid, deducts=True)
