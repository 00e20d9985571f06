"""Half-open brackets hold every amount exactly once, and what does not is named."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yuandian.engine.pay.brackets import Fault, faults, find, slices
from yuandian.engine.pay.plan import Bracket, PpmBracket

EDGES = st.lists(st.integers(-(10**12), 10**12), unique=True, max_size=6).map(sorted)


def made(edges, ppm=0):
    pairs = zip([None, *edges], [*edges, None], strict=True)
    return [
        PpmBracket.model_validate({"from": low, "to": high, "ppm": ppm + nth})
        for nth, (low, high) in enumerate(pairs)
    ]


@given(EDGES, st.integers(-(2 * 10**12), 2 * 10**12))
def test_every_amount_is_in_exactly_one(edges, amount):
    brackets = made(edges)
    assert list(faults(brackets)) == []
    holding = [
        one
        for one in brackets
        if (one.from_ is None or one.from_ <= amount) and (one.to is None or amount < one.to)
    ]
    assert holding == [find(brackets, amount)]


@given(EDGES, st.integers(-(2 * 10**12), 2 * 10**12))
def test_slices_of_a_marginal_share_lie_end_to_end_from_nothing_to_the_amount(edges, amount):
    pieces = list(slices(made(edges), amount))
    assert sum(high - low for low, high, _ in pieces) == amount
    ends = sorted((low, high) if low < high else (high, low) for low, high, _ in pieces)
    assert all(one[1] == two[0] for one, two in pairwise(ends))


@given(EDGES.filter(lambda edges: len(edges) > 1), st.data())
def test_an_edge_moved_is_a_gap_or_an_overlap(edges, data):
    brackets = made(edges)
    nth = data.draw(st.integers(1, len(brackets) - 1))
    moved = data.draw(st.integers(-1000, 1000).filter(bool))
    edge = brackets[nth].from_
    brackets[nth] = brackets[nth].model_copy(update={"from_": edge + moved})
    found = [fault.code for fault in faults(brackets)]
    assert ("gap" if moved > 0 else "overlap") in found


def test_each_fault_by_name():
    def of(*ends):
        return [
            (one.nth, one.code) for one in faults([Bracket.model_validate({"from": a, "to": b}) for a, b in ends])
        ]

    assert of((None, None)) == []
    assert of((0, 5), (5, None)) == [(0, "open_start")]
    assert of((None, 5), (5, 9)) == [(1, "open_end")]
    assert of((None, 5), (None, None)) == [(1, "edge_missing")]
    assert of((None, None), (5, None)) == [(0, "edge_missing")]
    assert of((None, 5), (7, None)) == [(1, "gap")]
    assert of((None, 5), (4, None)) == [(1, "overlap")]
    assert of((None, 5), (5, 5), (5, None)) == [(1, "empty")]
    assert next(faults([Bracket(), Bracket.model_validate({"from": 5})])) == Fault(0, "edge_missing", None, None)
