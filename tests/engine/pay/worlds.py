"""Random plans, cities and months, every kind of component among them."""

from datetime import date, timedelta
from random import Random

from yuandian.engine.pay.city import CityRates
from yuandian.engine.pay.plan import Plan
from yuandian.engine.pay.settle import Result

LABEL = {"zh": "词", "en": "word"}
SAID = {"label": LABEL, "source": "假设"}
FEN, COUNT = ("assets_fen", "income_fen", "wage_fen", "back_fen"), ("openings", "kept", "before", "complaints")
PERIODS = [date(2011, 2, 1), date(2012, 2, 1), date(2026, 4, 1), date(2026, 5, 1), date(2026, 12, 1)]


def brackets(rng, key, low, high, *, top, rising=False):
    edges = sorted(rng.sample(range(1, top), rng.randint(0, 4)))
    values = [rng.randint(low, high) for _ in range(len(edges) + 1)]
    ends = zip([None, *edges], [*edges, None], sorted(values) if rising else values, strict=True)
    return [
        {key: value} | ({} if start is None else {"from": start}) | ({} if end is None else {"to": end})
        for start, end, value in ends
    ]


def plan(rng: Random) -> Plan:
    ladder = [
        {
            **{k: v for k, v in one.items() if k != "fen"},
            "id": f"level_{nth}",
            "contract": rng.choice(["agent", "employee"]),
            **SAID,
        }
        for nth, one in enumerate(brackets(rng, "fen", 0, 1, top=200_000_000))
    ]
    levels = [one["id"] for one in ladder]
    rounding = rng.choice(["half_up", "half_even", "down"])
    parts = [
        {"kind": "base", "of": "assets_fen", "brackets": brackets(rng, "fen", 0, 900_001, top=200_000_000)},
        {"kind": "per_unit", "of": "openings", "fen": rng.randint(0, 9_999), "for": rng.sample(levels, 1)},
        {"kind": "share", "of": "income_fen", "mode": rng.choice(["marginal", "whole"]),
         "brackets": brackets(rng, "ppm", 0, 400_000, top=900_000)},
        {"kind": "spread", "of": "assets_fen", "spread_ppm": rng.randint(0, 30_000), "share_ppm": rng.randint(0, 99_999)},
        {"kind": "retention", "kept": "kept", "of": "before", "brackets": brackets(rng, "fen", 0, 90_001, top=1_000_000)},
    ]  # fmt: skip
    rng.shuffle(parts)
    ids = [f"part_{nth}" for nth in range(len(parts))]
    parts += [
        {"kind": "conduct", "of": "complaints", "over": rng.sample(ids, 2), "brackets": brackets(rng, "ppm", -500_000, 100_000, top=6)},
        {"kind": "guarantee", "fen": rng.randint(1, 500_000)} | rng.choice([{}, {"months": rng.randint(1, 5)}]),
        {"kind": "cap", "fen": rng.randint(0, 700_000), "over": ids},
        {"kind": "social_insurance"} | rng.choice([{}, {"of": "wage_fen"}]),
        {"kind": "clawback", "limit_ppm": rng.randint(0, 1_000_000)} | rng.choice([{}, {"of": "back_fen"}]),
    ]  # fmt: skip
    for nth, part in enumerate(parts):
        part |= {"id": f"part_{nth}", **SAID}
        if part["kind"] != "clawback":
            part["rounding"] = rounding
    kept = parts[:5] + [part for part in parts[5:] if rng.random() < 0.7]
    inputs = {
        name: {"label": LABEL, "unit": "fen" if name in FEN else "count", "measures": "income"}
        for name in (*FEN, *COUNT)
    }
    return Plan.model_validate(
        {"id": "made-up", "label": LABEL, "pack": "brokerage", "from": date(2010, 1, 1), "city": "there", "inputs": inputs,
         "status": {"by": "assets_fen", "levels": tuple(ladder)}, "components": tuple(_tuples(part) for part in kept)}
    )  # fmt: skip


def _tuples(part):
    return {key: tuple(value) if isinstance(value, list) else value for key, value in part.items()}


def city(rng: Random) -> CityRates:
    items = tuple(
        {"id": f"item_{nth}", "label": LABEL, "floor_fen": rng.randint(0, 300_000), "ceiling_fen": rng.randint(300_000, 2_000_000),
         "employee_ppm": rng.randint(0, 150_000), "employer_ppm": rng.randint(0, 200_000), "extra_fen": rng.choice([0, 300])}
        for nth in range(rng.randint(1, 5))
    )  # fmt: skip
    return CityRates(
        city="there", minimum_wage_fen=rng.randint(0, 300_000), minimum_is_net=rng.random() < 0.5,
        deduction_limit_ppm=200_000, contributions=items, since=date(2010, 1, 1),
    )  # fmt: skip


def result(rng: Random, made: Plan, period: date) -> Result:
    """Amounts on edges, beside them, anywhere, and below zero."""
    edges = [one.from_ for part in made.components for one in getattr(part, "brackets", ()) if one.from_]
    edges += [one.from_ for one in made.status.levels if one.from_]

    def fen():
        if rng.random() < 0.4 and edges:
            return rng.choice(edges) + rng.randint(-1, 1)
        return rng.randint(-500_000, 250_000_000) if rng.random() < 0.5 else rng.randint(-900_000, 2_000_000)

    amounts = {name: fen() for name in FEN} | {name: rng.randint(-2, 40) for name in COUNT}
    amounts["wage_fen"], amounts["back_fen"] = abs(amounts["wage_fen"]), rng.choice([0, rng.randint(0, 600_000)])
    amounts["kept"] = rng.randint(0, max(0, amounts["before"]))
    hired_on = rng.choice([None, period + timedelta(rng.randint(-150, 35))])
    left_on = rng.choice([None, None, (hired_on or period) + timedelta(rng.randint(0, 60))])
    status = rng.choice([None, None, made.status.levels[0].id])
    return Result("rm", amounts, hired_on, left_on, status, rng.choice([0, 0, rng.randint(0, 400_000)]))
