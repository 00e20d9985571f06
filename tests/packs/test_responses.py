"""Effects marked `response_share` are shares of rates counted in the UCI Bank Marketing data."""

from collections import Counter
from csv import DictReader
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from yuandian.packs.loader import load

FILE = Path(__file__).resolve().parents[2].parent / "shared/data/bank_marketing/bank-additional-full.csv"

# playbook: group of customers called, shares of their response for low, middle, high
SHARES = {
    "deposit_ends": ("success", (0, 10, 30)),
    "deposit_ends_soon": ("success", (0, 10, 30)),
    "investment_ends": ("success", (0, 10, 30)),
    "large_inflow": ("nonexistent", (10, 30, 60)),
    "idle_cash": ("nonexistent", (10, 30, 60)),
    "money_returned": ("nonexistent", (10, 30, 60)),
    "card_offer": ("all", (10, 30, 60)),
}


@pytest.mark.skipif(not FILE.is_file(), reason="the file is not in ../shared/data/bank_marketing")
@pytest.mark.req("D1")
def test_response_shares_are_counted():
    called: Counter[str] = Counter()
    bought: Counter[str] = Counter()
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in DictReader(file, delimiter=";"):
            for group in ("all", row["poutcome"]):
                called[group] += 1
                bought[group] += row["y"] == "yes"
    assert (bought["all"], called["all"]) == (4640, 41188)
    for name, (group, shares) in SHARES.items():
        effect = load("bank", as_of=date(2026, 11, 24)).playbook(name).effect
        expected = [round(Fraction(bought[group] * share * 10_000, called[group])) for share in shares]
        assert [effect.low_ppm, effect.ppm, effect.high_ppm] == expected, name


def test_only_these_claim_a_response_and_all_say_what_it_lacks():
    books = load("bank", as_of=date(2026, 11, 24)).playbooks
    claiming = {book.id: book.effect for book in books if book.effect.basis == "response_share"}
    assert claiming.keys() == SHARES.keys()
    assert all(
        "没有对照组" in effect.source.zh and "no control group" in effect.source.en for effect in claiming.values()
    )
    assert not any(book.effect.basis == "holdout" for book in books)
