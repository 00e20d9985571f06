"""A month's pay settled with every line explained, against a plain Python loop that only computes totals.

Both pay the source's plan (brackets, marginal share, contributions, clawback within the limits) for the same made-up
results in the same process, by turns, and must agree to the fen. The loop is what one would write by hand: no
lines, no reasons, no steps, numbers in the code. `ratio` is what data and explanation cost.
"""

from datetime import date
from random import Random
from statistics import median
from time import process_time

from yuandian.engine.pay.city import CityRates
from yuandian.engine.pay.settle import Result, settle
from yuandian.packs.pay import load_plan
from yuandian.packs.pay_cities import rates

PERIOD = date(2011, 6, 1)
Totals = tuple[int, int]


def results(rms: int) -> list[Result]:
    rng = Random(17)
    made = []
    for nth in range(rms):
        assets = int(rng.lognormvariate(18.5, 1.2))
        amounts = {
            "assets_fen": assets,
            "openings": rng.randint(0, 9),
            "net_commission_fen": assets // 900 - 20_000,
        }
        made.append(Result(f"RM{nth}", amounts, date(2010, 12, 1), owed_fen=rng.choice((0, 0, 0, 30_000))))
    return made


def by_hand(rows: list[Result], city: CityRates) -> list[Totals]:  # noqa: C901, PLR0912  what a loop looks like
    """Total and what is carried on, in one plain loop."""
    items = [(one.floor_fen, one.ceiling_fen, one.employee_ppm, one.extra_fen) for one in city.contributions]
    minimum = city.minimum_wage_fen
    totals = []
    for row in rows:
        assets, income, owed = row.amounts["assets_fen"], row.amounts["net_commission_fen"], row.owed_fen
        if assets < 30_000_000:
            totals.append(_taken(row.amounts["openings"] * 5_000, owed, 0))
            continue
        if assets < 120_000_000:
            base = 90_000
        elif assets < 300_000_000:
            base = 120_000
        elif assets < 500_000_000:
            base = 200_000
        elif assets < 800_000_000:
            base = 280_000
        elif assets < 1_500_000_000:
            base = 380_000
        else:
            base = 500_000
        if income < 500_000:
            exact = income * 100_000
        elif income < 2_000_000:
            exact = 50_000_000_000 + (income - 500_000) * 150_000
        else:
            exact = 275_000_000_000 + (income - 2_000_000) * 200_000
        share = (exact + 500_000) // 1_000_000 if exact >= 0 else -((-exact + 500_000) // 1_000_000)
        if share < 0:
            owed, share = owed - share, 0
        gross = base + share
        if assets < 120_000_000:
            totals.append(_taken(gross, owed, 0))
            continue
        net = gross
        for floor, ceiling, ppm, extra in items:
            due = (max(floor, min(gross, ceiling)) * ppm + extra * 1_000_000 + 500_000) // 1_000_000
            paid = min(due, net)
            net, owed = net - paid, owed + due - paid
        back = max(0, min(owed, gross * 200_000 // 1_000_000, net - minimum))
        totals.append((net - back, owed - back))
    return totals


def _taken(gross: int, owed: int, least: int) -> Totals:
    back = max(0, min(owed, gross * 200_000 // 1_000_000, gross - least))
    return gross - back, owed - back


def compare(rms: int, repetitions: int) -> None:
    plan, city, rows = load_plan("source-2011").value, rates("beijing", PERIOD), results(rms)
    ours, hand = [], []
    for _ in range(repetitions):
        began = process_time()
        lines, found = 0, []
        for one in settle(plan, city, PERIOD, rows):
            lines += len(one.lines) + len(one.employer_costs)
            found.append((one.total_fen, one.carried_fen))
        ours.append(process_time() - began)
        began = process_time()
        totals = by_hand(rows, city)
        hand.append(process_time() - began)
        if found != totals:
            raise SystemExit("the two sides differ")
    a, b = median(ours), median(hand)
    print(f"{rms:>9,} {lines:>10,} {a:>9.2f} {a / rms * 1e6:>10.1f} {b:>9.2f} {a / b:>8.1f}", flush=True)


def main(*, quick: bool) -> None:
    print(f"{'RMs':>9} {'lines':>10} {'engine s':>9} {'µs a RM':>10} {'loop s':>9} {'ratio':>8}   (CPU time)")
    for rms in (10_000,) if quick else (10_000, 100_000):
        compare(rms, repetitions=3 if quick else 5)
