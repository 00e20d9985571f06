"""Which column of a table each header of a file means."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yuandian.engine.tables import Column, Table

FEN, YUAN = frozenset({"分", "fen", "cents"}), frozenset({"元", "yuan", "人民币", "rmb", "cny", "¥"})
_UNIT = re.compile(r"\(([^)]*)\)")
_IN_FEN = re.compile(r"(infen|incents|fen|分)$")


@dataclass(frozen=True)
class Matched:
    """`columns`: column of the table → header of the file. Those `in_yuan` hold yuan, other money whole fen."""

    columns: Mapping[str, str]
    in_yuan: frozenset[str]
    missing: tuple[str, ...]
    unused: tuple[str, ...]


def normalised(header: str) -> str:
    """A header without case, width, spaces, underscores, hyphens and a unit in brackets."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"\([^)]*\)|[\s_\-·:*]", "", text)


def match(table: Table, header: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> Matched:
    """Find every column's header: its own name first, then the aliases (normalised) in their order.

    Money under its own name (`amount_fen`), an alias in fen (金额分) or with the unit in brackets (金额（分）)
    is in fen; without any of these (`amount`, 金额, 金额（元）) it is in yuan. Another unit in brackets,
    such as 万元, matches nothing: guessing would be wrong by a factor.
    """
    found: dict[str, str] = {}
    in_yuan = set()
    left = list(header)
    for column in table:
        for wanted_yuan, names in _names(column, aliases.get(column.name, ())):
            chosen = _first(left, names, column, in_yuan=wanted_yuan)
            if chosen is not None:
                found[column.name] = chosen
                left.remove(chosen)
                if wanted_yuan:
                    in_yuan.add(column.name)
                break
    missing = tuple(column.name for column in table if column.required and column.name not in found)
    return Matched(found, frozenset(in_yuan), missing, tuple(left))


def _names(column: Column, aliases: Sequence[str]) -> list[tuple[bool, list[str]]]:
    """The normalised names by unit: as they stand first, then those of money in yuan."""
    own = [normalised(column.name), *aliases]
    if column.type != "fen":
        return [(False, own)]
    bare = [_IN_FEN.sub("", name) for name in own]
    yuan = [name for stem in bare for name in (stem, f"{stem}元", f"{stem}inyuan", f"{stem}yuan")]
    fen = own + [stem for stem in bare if stem not in own]
    return [(False, fen), (True, yuan)]


def _first(left: Sequence[str], names: Sequence[str], column: Column, *, in_yuan: bool) -> str | None:
    for name in names:
        for header in left:
            if normalised(header) == name and (column.type != "fen" or _is_yuan(header, name) is in_yuan):
                return header
    return None


def _is_yuan(header: str, name: str) -> bool | None:
    """Whether money under this header is in yuan; None where its unit is another one."""
    unit = _UNIT.search(unicodedata.normalize("NFKC", header).casefold())
    said = unit.group(1).strip() if unit else ""
    if _IN_FEN.search(name):
        return None if said and said not in FEN else False
    if not said or said in YUAN:
        return True
    return False if said in FEN else None
