"""What is earned, changed and limited: one small function for each kind of component.

Each takes the component, the RM's month and the lines so far and gives one line. What is earned is never negative:
a negative amount (reversals outweigh) earns nothing and is owed, for `deductions.clawback` to take.
"""

from collections.abc import Sequence

from yuandian.engine.pay.brackets import find, slices
from yuandian.engine.pay.lines import Line, Month, Step, gross, rounded, sum_of
from yuandian.engine.pay.plan import Base, Cap, Conduct, Guarantee, PerUnit, Retention, Share, Spread

MILLION = 1_000_000
Inputs = dict[str, int | str | None]
Earning = Base | PerUnit | Share | Spread | Retention


def base(part: Base, month: Month, _: Sequence[Line]) -> Line:
    amount = month.amounts[part.of]
    bracket = find(part.brackets, amount)
    inputs: Inputs = {part.of: amount, "from": bracket.from_, "to": bracket.to, "fen": bracket.fen}
    return _by_days(part, month, bracket.fen, inputs)


def per_unit(part: PerUnit, month: Month, _: Sequence[Line]) -> Line:
    units = month.amounts[part.of]
    steps = (Step("{} × {}", (units, part.fen), units * part.fen),)
    return _earned(part, units * part.fen, 1, "units", {part.of: units, "fen": part.fen}, steps)


def share(part: Share, month: Month, _: Sequence[Line]) -> Line:
    amount = month.amounts[part.of]
    if part.mode == "whole":
        pieces = [(0, amount, find(part.brackets, amount).ppm)]
    else:
        pieces = list(slices(part.brackets, amount))
    steps = [
        Step("({} - {}) × {} ÷ {}", (high, low, ppm, MILLION), (high - low) * ppm, MILLION)
        for low, high, ppm in pieces
    ]
    total = sum((high - low) * ppm for low, high, ppm in pieces)
    if len(pieces) > 1:
        parts = tuple(step.gives for step in steps)
        steps.append(Step(" + ".join(["{}"] * len(parts)), parts, total, MILLION))
    return _earned(part, total, MILLION, f"share_{part.mode}", {part.of: amount}, tuple(steps))


def spread(part: Spread, month: Month, _: Sequence[Line]) -> Line:
    amount = month.amounts[part.of]
    numerator, denominator = amount * part.spread_ppm * part.share_ppm, 12 * MILLION * MILLION
    numbers = (amount, part.spread_ppm, part.share_ppm, denominator)
    steps = (Step("{} × {} × {} ÷ {}", numbers, numerator, denominator),)
    inputs: Inputs = {part.of: amount, "spread_ppm": part.spread_ppm, "share_ppm": part.share_ppm}
    return _earned(part, numerator, denominator, "spread", inputs, steps)


def retention(part: Retention, month: Month, _: Sequence[Line]) -> Line:
    kept, of = month.amounts[part.kept], month.amounts[part.of]
    inputs: Inputs = {part.kept: kept, part.of: of}
    if of <= 0:
        return Line(part.id, 0, "nothing_to_keep", inputs)
    bracket = find(part.brackets, kept * MILLION // of)
    inputs |= {"kept_ppm": kept * MILLION // of, "from": bracket.from_, "to": bracket.to, "fen": bracket.fen}
    return _by_days(part, month, bracket.fen, inputs)


def conduct(part: Conduct, month: Month, lines: Sequence[Line]) -> Line:
    amount, over = month.amounts[part.of], sum_of(lines, part.over)
    ppm = find(part.brackets, amount).ppm
    steps = (Step("{} × {} ÷ {}", (over, ppm, MILLION), over * ppm, MILLION),)
    changed = rounded(over * ppm, MILLION, part.rounding)
    inputs: Inputs = {part.of: amount, "over_fen": over, "ppm": ppm}
    return _changed(part, changed, "conduct", inputs, steps, lines)


def guarantee(part: Guarantee, month: Month, lines: Sequence[Line]) -> Line:
    if part.months is not None and (month.tenure is None or month.tenure > part.months):
        return Line(part.id, 0, "guarantee_over", {"months": part.months, "month": month.tenure})
    earned = gross(lines)
    numerator = part.fen * month.days - earned * month.of_days
    inputs: Inputs = {"fen": part.fen, "days": month.days, "of_days": month.of_days, "earned_fen": earned}
    if numerator <= 0:
        return Line(part.id, 0, "guarantee_reached", inputs)
    numbers = (part.fen, month.days, month.of_days, earned)
    steps = (Step("{} × {} ÷ {} - {}", numbers, numerator, month.of_days),)
    return _earned(part, numerator, month.of_days, "guarantee", inputs, steps)


def cap(part: Cap, _: Month, lines: Sequence[Line]) -> Line:
    over = sum_of(lines, part.over)
    inputs: Inputs = {"over_fen": over, "cap_fen": part.fen}
    if over <= part.fen:
        return Line(part.id, 0, "cap_not_reached", inputs)
    cut = part.fen - over
    return _changed(part, cut, "cap", inputs, (Step("{} - {}", (part.fen, over), cut),), lines)


def _by_days(part: Base | Retention, month: Month, fen: int, inputs: Inputs) -> Line:
    """A month's amount for the days employed."""
    if month.days == month.of_days:
        return _earned(part, fen, 1, "bracket", inputs, (Step("{}", (fen,), fen),))
    inputs |= {"days": month.days, "of_days": month.of_days}
    step = Step("{} × {} ÷ {}", (fen, month.days, month.of_days), fen * month.days, month.of_days)
    return _earned(part, fen * month.days, month.of_days, "bracket_by_days", inputs, (step,))


def _changed(  # noqa: PLR0913, PLR0917  the parts of a line
    part: Conduct | Cap,
    amount: int,
    reason: str,
    inputs: Inputs,
    steps: tuple[Step, ...],
    lines: Sequence[Line],
) -> Line:
    """A change takes at most what is there: two of them must not take the same fen twice."""
    least = -gross(lines)
    if amount < least:
        steps, amount = (*steps, Step("max({}, {})", (amount, least), least)), least
    return Line(part.id, amount, reason, inputs, steps, part.rounding)


def _earned(  # noqa: PLR0913, PLR0917  the parts of a line
    part: Earning | Guarantee,
    numerator: int,
    denominator: int,
    reason: str,
    inputs: Inputs,
    steps: tuple[Step, ...],
) -> Line:
    amount = rounded(numerator, denominator, part.rounding)
    if amount < 0:
        return Line(part.id, 0, "negative_owed", inputs, steps, part.rounding, owed_fen=-amount)
    return Line(part.id, amount, reason, inputs, steps, part.rounding)
