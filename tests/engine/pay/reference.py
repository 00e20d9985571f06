"""The same rules written once more, with fractions and nothing of the engine's arithmetic. Slow and plain."""

from calendar import monthrange
from datetime import date
from fractions import Fraction
from math import floor


def round_by(exact, rule):
    size = abs(exact)
    if rule == "half_up":
        whole = floor(size + Fraction(1, 2))
    elif rule == "half_even":
        whole = round(size)  # Fractions round halves to even
    else:
        whole = floor(size)
    return whole if exact >= 0 else -whole


def holds(bracket, amount):
    return (bracket.from_ is None or amount >= bracket.from_) and (bracket.to is None or amount < bracket.to)


def the(brackets, amount):
    (found,) = [bracket for bracket in brackets if holds(bracket, amount)]
    return found


def days(period, hired_on, left_on):
    of_days = monthrange(period.year, period.month)[1]
    month = [date(period.year, period.month, day) for day in range(1, of_days + 1)]
    return sum((not hired_on or day >= hired_on) and (not left_on or day < left_on) for day in month), of_days


def overlap(bracket, low, high):
    start = low if bracket.from_ is None else max(low, bracket.from_)
    end = high if bracket.to is None else min(high, bracket.to)
    return max(0, end - start)


def earned(part, get, worked, of_days):  # noqa: PLR0911  one a kind
    """The exact amount of an earning component."""
    part_of_month = Fraction(worked, of_days)
    match part.kind:
        case "base":
            return the(part.brackets, get(part.of)).fen * part_of_month
        case "per_unit":
            return Fraction(get(part.of) * part.fen)
        case "spread":
            yearly = get(part.of) * Fraction(part.spread_ppm, 10**6)
            return yearly / 12 * Fraction(part.share_ppm, 10**6)
        case "retention":
            if get(part.of) <= 0:
                return Fraction(0)
            share = Fraction(get(part.kept), get(part.of)) * 10**6
            return the(part.brackets, share).fen * part_of_month
        case "share" if part.mode == "whole":
            return get(part.of) * Fraction(the(part.brackets, get(part.of)).ppm, 10**6)
    amount = get(part.of)
    low, high, sign = (0, amount, 1) if amount >= 0 else (amount, 0, -1)
    return sign * sum((overlap(one, low, high) * Fraction(one.ppm, 10**6) for one in part.brackets), Fraction(0))


def statement(plan, rates, period, result):  # noqa: C901  one place to read all the rules
    """status, {component: fen} without those of nothing, carried, sum of the employer's costs."""
    level = (
        next(one for one in plan.status.levels if one.id == result.status)
        if result.status
        else the(plan.status.levels, result.amounts[plan.status.by])
    )
    worked, of_days = days(period, result.hired_on, result.left_on)
    employee = level.contract == "employee"
    get = result.amounts.__getitem__
    lines, taken, owed, costs = {}, {}, result.owed_fen, 0
    for part in plan.components:
        if part.for_ and level.id not in part.for_:
            continue
        gross = sum(lines.values())
        net = gross + sum(taken.values())
        if part.kind == "conduct":
            over = sum(lines.get(name, 0) for name in part.over)
            change = round_by(over * Fraction(the(part.brackets, get(part.of)).ppm, 10**6), part.rounding)
            lines[part.id] = max(change, -gross)
        elif part.kind == "guarantee":
            hired = result.hired_on
            month = hired and max(0, (period.year - hired.year) * 12 + period.month - hired.month + 1)
            if part.months is None or (month is not None and month <= part.months):
                lines[part.id] = max(0, round_by(Fraction(part.fen * worked, of_days) - gross, part.rounding))
        elif part.kind == "cap":
            lines[part.id] = -min(gross, max(0, sum(lines.get(name, 0) for name in part.over) - part.fen))
        elif part.kind == "social_insurance":
            if employee and worked:
                wage = get(part.of) if part.of else gross
                for item in rates.contributions:
                    basis = min(max(wage, item.floor_fen), item.ceiling_fen)
                    due = round_by(basis * Fraction(item.employee_ppm, 10**6) + item.extra_fen, part.rounding)
                    paid = min(due, max(0, gross + sum(taken.values())))
                    taken[f"{part.id}.{item.id}"] = -paid
                    owed += due - paid
                    costs += round_by(basis * Fraction(item.employer_ppm, 10**6), part.rounding)
        elif part.kind == "clawback":
            owed += get(part.of) if part.of else 0
            limits = [floor(max(0, gross) * Fraction(part.limit_ppm, 10**6)), net]
            if employee:
                minimum = rates.minimum_wage_fen * Fraction(worked, of_days)
                limits += [
                    floor(max(0, gross) * Fraction(rates.deduction_limit_ppm, 10**6)),
                    floor((net if rates.minimum_is_net else gross) - minimum),
                ]
            back = max(0, min(owed, *limits))
            taken[part.id] = -back
            owed -= back
        else:
            amount = round_by(earned(part, get, worked, of_days), part.rounding)
            lines[part.id] = max(0, amount)
            owed += max(0, -amount)
    paid = {name: amount for name, amount in {**lines, **taken}.items() if amount}
    return level.id, paid, owed, costs
