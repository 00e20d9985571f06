"""What a demo branch is called. Houses, places and banks are made up; the numbers come from `world`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle

from yuandian.engine.pack import Label


@dataclass(frozen=True)
class Branch:
    """A demo branch: `teams` and `outlets` give the names of the numbers in its fact tables."""

    pack_id: str
    number: str
    name: Label
    teams: Mapping[str, Label]
    outlets: Mapping[str, Label]


def in_turn(places: Mapping[str, Label], number: int) -> str:
    """The place of the `number`-th manager when places are given out in turn."""
    return list(places)[number % len(places)]


_TEAMS = (("一组", "Team 1"), ("二组", "Team 2"), ("三组", "Team 3"))
_STREETS = (
    ("春江路", "Chunjiang Road"),
    ("枫林街", "Fenglin Street"),
    ("听雨巷", "Tingyu Lane"),
    ("石桥头", "Shiqiaotou"),
    ("望湖坊", "Wanghu Fang"),
    ("青石弄", "Qingshi Alley"),
    ("南塘口", "Nantangkou"),
    ("北渡口", "Beidukou"),
    ("桂香里", "Guixiang Li"),
    ("稻花村", "Daohua Village"),
    ("云台东路", "Yuntai East Road"),
    ("松风园", "Songfeng Garden"),
)
_BANKS = (("甲银行", "Bank A"), ("乙银行", "Bank B"), ("丙银行", "Bank C"))
"""Outlets of more than one bank, because a posting at a bank is not exclusive."""


def _numbered(letter: str, labels: Iterable[tuple[str, str]]) -> dict[str, Label]:
    return {f"{letter}{n:02d}": Label(zh=zh, en=en) for n, (zh, en) in enumerate(labels, start=1)}


def _at_banks() -> Iterator[tuple[str, str]]:
    for (zh, en), (bank_zh, bank_en) in zip(_STREETS, cycle(_BANKS), strict=False):
        yield f"{bank_zh}{zh}网点", f"{bank_en}, {en}"


def _own() -> Iterator[tuple[str, str]]:
    for zh, en in _STREETS[:4]:
        yield f"{zh}支行", f"{en} Sub-branch"


_BRANCHES = {
    "brokerage": Branch(
        pack_id="brokerage",
        number="BR01",
        name=Label(zh="演示证券望湖营业部", en="Demo Securities, Wanghu Branch"),
        teams=_numbered("T", _TEAMS),
        outlets=_numbered("O", _at_banks()),
    ),
    "bank": Branch(
        pack_id="bank",
        number="BK01",
        name=Label(zh="演示银行枫林分行", en="Demo Bank, Fenglin Branch"),
        teams=_numbered("T", _TEAMS[:2]),
        outlets=_numbered("O", _own()),
    ),
}


def describe_branch(pack_id: str) -> Branch:
    """Names of the demo branch of a pack. ValueError where the pack has none."""
    if pack_id not in _BRANCHES:
        raise ValueError(f"no demo branch for pack {pack_id!r}; there is one for {', '.join(_BRANCHES)}")
    return _BRANCHES[pack_id]
