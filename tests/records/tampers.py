"""Every way of tampering with an audit that its checks must find.

Each takes an untouched copy, changes it and gives the first bad row that must be named, and the lowest id that
differs (0: the anchors do). Where rows are gone without a trace, the first bad row is the one that comes now.
"""

import json
from collections.abc import Callable
from random import Random

from tests.records.audit_table import GUESSED, KEYS, Audit, link, signed, written

Tamper = Callable[[Audit, Random], tuple[int, int]]


def _other(value: object, chance: Random) -> object:
    if isinstance(value, int):
        return value + chance.choice([-1, 1, 1000])
    if value is None:
        return chance.choice([1, 7])
    place = chance.randrange(len(value)) if value else 0
    return value[:place] + chance.choice("Az9壹") * 2 + value[place + 1 :]


def a_column_of_an_entry(audit: Audit, chance: Random) -> tuple[int, int]:
    entry = chance.choice(audit.ids)
    column = chance.choice(audit.rows[entry]._fields[1:10])
    audit.put(entry, **{column: _other(getattr(audit.rows[entry], column), chance)})
    return entry, entry


def a_value(audit: Audit, chance: Random) -> tuple[int, int]:
    entry = chance.choice([entry for entry in audit.ids if audit.rows[entry].valued])
    column = chance.choice(["before", "after"])
    text = getattr(audit.rows[entry], column)
    other = [json.dumps({"customer": -1}), '{"torn": '] if text is None else [None, "{}", _other(text, chance)]
    audit.put(entry, **{column: chance.choice(other)})
    return entry, entry


def a_column_of_a_link(audit: Audit, chance: Random) -> tuple[int, int]:
    entry = chance.choice(audit.sealed)
    column = chance.choice(["seal", "link"])
    audit.put(entry, **{column: _other(getattr(audit.rows[entry], column), chance)})
    return entry, entry


def an_entry_gone(audit: Audit, chance: Random) -> tuple[int, int]:
    """Its link stands and shows it."""
    entry = chance.choice(audit.sealed)
    del audit.rows[entry]
    audit.lone = entry
    return entry, entry


def an_entry_with_all_its_rows_gone(audit: Audit, chance: Random) -> tuple[int, int]:
    place = chance.randrange(len(audit.sealed) - 1)
    entry, follows = audit.sealed[place : place + 2]
    del audit.rows[entry]
    return follows, entry


def a_link_gone(audit: Audit, chance: Random) -> tuple[int, int]:
    entry = chance.choice(audit.sealed[:-1])
    audit.put(entry, seal=None, link=None)
    return entry, entry


def values_gone(audit: Audit, chance: Random) -> tuple[int, int]:
    entry = chance.choice([entry for entry in audit.ids if audit.rows[entry].valued])
    audit.put(entry, valued=None, before=None, after=None)
    return entry, entry


def an_entry_put_in(audit: Audit, chance: Random) -> tuple[int, int]:
    """Where a number is free or at the end: made up, or a copy of a true one, with a link or without."""
    entry = chance.choice([*range(10, audit.ids[-1], 10), audit.ids[-1] + 1])
    copied = audit.rows[chance.choice(audit.ids)]
    made_up = written(entry, chance, GUESSED)
    row = chance.choice([made_up, copied._replace(id=entry, valued=copied.valued and entry)])
    audit.rows[entry] = row._replace(seal=None, link=None) if chance.random() < 0.5 else row
    return entry, entry


def values_put_in(audit: Audit, chance: Random) -> tuple[int, int]:
    entry = chance.choice([entry for entry in audit.ids if not audit.rows[entry].valued])
    audit.put(entry, valued=entry, after='{"result":"reached"}')
    return entry, entry


def a_link_put_in(audit: Audit, chance: Random) -> tuple[int, int]:
    """For an entry that waits for its own."""
    entry = chance.choice([entry for entry in audit.ids if audit.rows[entry].link is None])
    last = audit.rows[audit.sealed[-1]]
    audit.put(entry, seal=last.seal + chance.choice([0, 1]), link=chance.choice([last.link, "1:00"]))
    return entry, entry


def two_entries_swapped(audit: Audit, chance: Random) -> tuple[int, int]:
    """All they say, their values with it."""
    return _swap(audit, chance.sample(audit.ids, 2), lambda row: [*row._fields[1:10], *row._fields[12:]])


def two_neighbours_swapped(audit: Audit, chance: Random) -> tuple[int, int]:
    place = chance.randrange(len(audit.ids) - 1)
    return _swap(audit, audit.ids[place : place + 2], lambda row: row._fields[1:])


def two_links_swapped(audit: Audit, chance: Random) -> tuple[int, int]:
    return _swap(audit, chance.sample(audit.sealed, 2), lambda _: ["seal", "link"])


def two_values_swapped(audit: Audit, chance: Random) -> tuple[int, int]:
    valued = [entry for entry in audit.ids if audit.rows[entry].valued]
    return _swap(audit, chance.sample(valued, 2), lambda _: ["before", "after"])


def _swap(audit: Audit, pair: list[int], columns: Callable) -> tuple[int, int]:
    one, other = (audit.rows[entry] for entry in pair)
    names = columns(one)
    for row, source in ((one, other), (other, one)):
        taken = {name: getattr(source, name) for name in names}
        audit.put(row.id, **(taken | ({"valued": row.id} if taken.get("valued") else {})))
    return min(pair), min(pair)


def the_end_cut_off(audit: Audit, chance: Random) -> tuple[int, int]:
    first = chance.choice(audit.sealed)
    audit.rows = {entry: row for entry, row in audit.rows.items() if entry < first}
    return first, first


def the_last_links_gone(audit: Audit, chance: Random) -> tuple[int, int]:
    first = chance.choice(audit.sealed)
    for entry in audit.sealed:
        if entry >= first:
            audit.put(entry, seal=None, link=None)
    return first, first


def the_chain_made_anew_without_the_key(audit: Audit, chance: Random) -> tuple[int, int]:
    entry, last = chance.choice(audit.sealed), audit.sealed[-1]
    audit.rows[entry] = signed(audit.rows[entry]._replace(reason="made up"), GUESSED)
    link(audit, first=entry, last=last, keys=GUESSED)
    return entry, entry


def the_chain_made_anew_with_the_key(audit: Audit, chance: Random) -> tuple[int, int]:
    """Every row is right by itself; only the anchor knows better, and it knows sealings."""
    entry, last = chance.choice(audit.sealed), audit.sealed[-1]
    audit.rows[entry] = signed(audit.rows[entry]._replace(reason="made up"), KEYS)
    link(audit, first=entry, last=last)
    return _first_of_sealing(audit, entry), entry


def an_entry_gone_and_the_chain_made_anew_with_the_key(audit: Audit, chance: Random) -> tuple[int, int]:
    entry, last = chance.choice(audit.sealed[:-1]), audit.sealed[-1]
    seal = audit.rows[entry].seal
    del audit.rows[entry]
    link(audit, first=entry, last=last)
    return min(other for other in audit.sealed if audit.rows[other].seal == seal), entry


def _first_of_sealing(audit: Audit, entry: int) -> int:
    return min(other for other in audit.sealed if audit.rows[other].seal == audit.rows[entry].seal)


def an_anchor_gone(audit: Audit, chance: Random) -> tuple[int, int]:
    seal = chance.randrange(len(audit.anchors))
    del audit.anchors[seal]
    return _head(audit, seal), 0


def an_anchor_altered(audit: Audit, chance: Random) -> tuple[int, int]:
    seal = chance.randrange(len(audit.anchors))
    line = json.loads(audit.anchors[seal])
    column = chance.choice(list(line))
    torn = audit.anchors[seal][: chance.randrange(len(audit.anchors[seal]))]
    altered = json.dumps(line | {column: _other(line[column], chance)})
    audit.anchors[seal] = chance.choice([torn, altered])
    return _head(audit, seal), 0


def two_anchors_swapped(audit: Audit, chance: Random) -> tuple[int, int]:
    one, other = sorted(chance.sample(range(len(audit.anchors)), 2))
    audit.anchors[one], audit.anchors[other] = audit.anchors[other], audit.anchors[one]
    return _head(audit, one), 0


def _head(audit: Audit, seal: int) -> int:
    """The last entry of a sealing, counted from 0."""
    return max(entry for entry in audit.sealed if audit.rows[entry].seal == seal + 1)


TAMPERS: list[Tamper] = [
    a_column_of_an_entry, a_value, a_column_of_a_link, an_entry_gone, an_entry_with_all_its_rows_gone, a_link_gone,
    values_gone, an_entry_put_in, values_put_in, a_link_put_in, two_entries_swapped, two_neighbours_swapped, two_links_swapped,
    two_values_swapped, the_end_cut_off, the_last_links_gone, the_chain_made_anew_without_the_key,
    the_chain_made_anew_with_the_key, an_entry_gone_and_the_chain_made_anew_with_the_key, an_anchor_gone,
    an_anchor_altered, two_anchors_swapped,
]  # fmt: skip
