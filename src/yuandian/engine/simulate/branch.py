"""What a demo branch is called. Houses, places and banks are made up; the numbers come from `world`."""

from dataclasses import dataclass

from yuandian.engine.pack import Label


@dataclass(frozen=True)
class Place:
    """A team or an outlet."""

    id: str
    label: Label


@dataclass(frozen=True)
class Branch:
    """A demo branch: `teams` and `outlets` explain the ids in its fact tables."""

    pack_id: str
    code: str
    label: Label
    teams: tuple[Place, ...]
    outlets: tuple[Place, ...]


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


def _teams(count: int) -> tuple[Place, ...]:
    return tuple(Place(f"T{n:02d}", Label(zh=zh, en=en)) for n, (zh, en) in enumerate(_TEAMS[:count], start=1))


def _bank_outlets() -> tuple[Place, ...]:
    banks = [_BANKS[n % len(_BANKS)] for n in range(len(_STREETS))]
    return tuple(
        Place(f"O{n:02d}", Label(zh=bank[0] + street[0] + "网点", en=f"{bank[1]}, {street[1]}"))
        for n, (bank, street) in enumerate(zip(banks, _STREETS, strict=True), start=1)
    )


def _own_outlets(count: int) -> tuple[Place, ...]:
    return tuple(
        Place(f"O{n:02d}", Label(zh=zh + "支行", en=f"{en} Sub-branch"))
        for n, (zh, en) in enumerate(_STREETS[:count], start=1)
    )


_BRANCHES = {
    "brokerage": Branch(
        "brokerage",
        "BR01",
        Label(zh="演示证券望湖营业部", en="Demo Securities, Wanghu Branch"),
        _teams(3),
        _bank_outlets(),
    ),
    "bank": Branch(
        "bank", "BK01", Label(zh="演示银行枫林分行", en="Demo Bank, Fenglin Branch"), _teams(2), _own_outlets(4)
    ),
}


def describe_branch(pack_id: str) -> Branch:
    """Names of the demo branch of a pack. ValueError where the pack has none."""
    if pack_id not in _BRANCHES:
        raise ValueError(f"no demo branch for pack {pack_id!r}; there is one for {', '.join(_BRANCHES)}")
    return _BRANCHES[pack_id]
