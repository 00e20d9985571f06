"""Made-up people and firms.

Names are drawn from common surnames and given-name characters, so any likeness to somebody is chance;
pages label demo data as made up. Phone numbers come from the block 1990 0000 000 upward, one each.
Identity numbers are not made up at all: the column stays empty.
"""

from datetime import date, timedelta

from numpy.random import Generator

from yuandian.engine.simulate.chance import below

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余"
    "于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文斌宇浩凯健俊帆雪琳婷慧"
    "莹佳欣怡晨曦梦瑶思远志国庆海波鹏飞龙春梅云莲凤荣辉光亮宁安康乐嘉诚信雨泽博睿涵子"
    "轩若彤"
)
_STEMS = ("禾屿", "砚川", "青榭", "朴岭", "松汀", "麦渚", "云垛", "竹隐", "澄畔", "星桠", "野渡", "石榆")
_TRADES = ("商贸", "餐饮", "装饰", "物流", "五金", "文具", "服饰", "食品", "家电", "花木")
_FORMS = ("有限公司", "经营部", "商行", "工作室")
_COMMON = 30
"""The first so many surnames are drawn twice as often."""


def person_name(rng: Generator) -> str:
    """A surname and one or two given-name characters."""
    surname = below(rng, 0, len(_SURNAMES) + _COMMON) % len(_SURNAMES)
    length = 2 if rng.random() < 0.72 else 1
    return _SURNAMES[surname] + "".join(_GIVEN[below(rng, 0, len(_GIVEN))] for _ in range(length))


def firm_name(rng: Generator) -> str:
    words = (_STEMS, _TRADES, _FORMS)
    return "".join(choices[below(rng, 0, len(choices))] for choices in words)


def phone_numbers(rng: Generator, count: int) -> list[str]:
    """So many different numbers; up to 10,000 of them begin 1990000."""
    return [f"1990{number:07d}" for number in rng.permutation(max(count, 10_000))[:count]]


def birth_date(rng: Generator, as_of: date) -> date:
    """Somebody between 20 and 75; days after the 28th are left out, so that every calendar has the day."""
    year = as_of.year - below(rng, 21, 75)
    return date(year, below(rng, 1, 13), below(rng, 1, 29))


def birth_date_near(rng: Generator, as_of: date, *, within_days: int) -> date:
    """The same with a solar birthday from `as_of` to `within_days` later."""
    day = as_of + timedelta(days=below(rng, 0, within_days + 1))
    if (day.month, day.day) == (2, 29):
        day += timedelta(days=1)
    return day.replace(year=as_of.year - below(rng, 28, 70))
