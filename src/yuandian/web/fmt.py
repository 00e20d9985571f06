"""How numbers, money, dates and hidden values look (UX.md, section 9). Pure: no Django, no clock.

`lang` is "zh" or "en". Amounts are integer minor units (分) and are rounded half up on Decimal, never by float.
"""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Lang = Literal["zh", "en"]
MISSING = "--"
MINUS = "−"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = {"zh": tuple("一二三四五六日"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def _round(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _with_currency(amount: str, currency: str, *, negative: bool) -> str:
    sign = MINUS if negative else ""
    return f"{sign}¥{amount}" if currency == "CNY" else f"{sign}{currency}\u00a0{amount}"


def money(fen: int | None, currency: str = "CNY") -> str:
    """Exact, two decimals: ¥5,846.20. For pay, fees and invoices."""
    if fen is None:
        return MISSING
    return _with_currency(f"{abs(Decimal(fen)) / 100:,.2f}", currency, negative=fen < 0)


def compact(fen: int | None, lang: Lang, currency: str = "CNY") -> str:
    """¥9,800 · ¥68.4万 · ¥4,126万 · ¥1.25亿; in English ¥9.8K · ¥684K · ¥41.3M · ¥125M."""
    if fen is None:
        return MISSING
    yuan = abs(Decimal(fen)) / 100
    amount = _compact_zh(yuan) if lang == "zh" else _compact_en(yuan)
    return _with_currency(amount, currency, negative=fen < 0 and amount != "0")


def _compact_zh(yuan: Decimal) -> str:
    """From 1万; one decimal below 1000万, none above; two decimals from 1亿. The unit fits what is shown."""
    if _round(yuan, 0) < 10_000:
        return f"{_round(yuan, 0):,}"
    wan = yuan / 10_000
    if _round(wan, 1) < 1000:
        return f"{_round(wan, 1):,}万"
    if _round(wan, 0) < 10_000:
        return f"{_round(wan, 0):,}万"
    return f"{_round(yuan / 100_000_000, 2):,}亿"


def _compact_en(yuan: Decimal) -> str:
    """One decimal below 100 of a unit, none from 100."""
    if _round(yuan, 0) < 1000:
        return f"{_round(yuan, 0)}"
    for size, unit in ((10**3, "K"), (10**6, "M"), (10**9, "B")):
        amount = yuan / size
        if _round(amount, 1) < 100:
            return f"{_round(amount, 1)}{unit}"
        if _round(amount, 0) < 1000 or unit == "B":
            return f"{_round(amount, 0):,}{unit}"
    raise AssertionError("the last unit takes everything")


def in_unit(fen: int | None, unit_yuan: int = 10_000) -> str:
    """A cell of a table whose head names the unit: 412.6 under 单位：万元."""
    return MISSING if fen is None else f"{_round(Decimal(fen) / 100 / unit_yuan, 1):,}".replace("-", MINUS)


def count(number: int | None) -> str:
    """2,903."""
    return MISSING if number is None else f"{number:,}".replace("-", MINUS)


def size(bytes_: int | None) -> str:
    """820 B · 34 KB · 1.2 MB, of a file."""
    if bytes_ is None:
        return MISSING
    amount, unit = Decimal(bytes_), "B"
    for larger in ("KB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{_round(amount, 1 if unit in {'MB', 'GB'} else 0):,} {unit}"


def percent(ppm: int | None) -> str:
    """96.4%, from parts per million."""
    return MISSING if ppm is None else f"{_round(Decimal(ppm) / 10_000, 1):,}%".replace("-", MINUS)


def change(ppm: int | None, lang: Lang) -> str:
    """▲ 6.4% · ▼ 5.8% · 持平: the direction is never told by colour alone."""
    if ppm is None:
        return MISSING
    shown = _round(abs(Decimal(ppm)) / 10_000, 1)
    return _directed(shown, f"{shown:,}%", lang, rises=ppm > 0)


def points(ppm: int | None, lang: Lang) -> str:
    """▼ 0.3 个百分点: a difference of percentages is never a percentage."""
    if ppm is None:
        return MISSING
    shown = _round(abs(Decimal(ppm)) / 10_000, 1)
    unit = "个百分点" if lang == "zh" else "pp"
    return _directed(shown, f"{shown:,} {unit}", lang, rises=ppm > 0)


def _directed(shown: Decimal, text: str, lang: Lang, *, rises: bool) -> str:
    if shown == 0:
        return "持平" if lang == "zh" else "no change"
    return f"{'▲' if rises else '▼'} {text}"


def change_ppm(now: int | None, before: int | None) -> int | None:
    """The relative change in parts per million; None where there is nothing to compare with."""
    if now is None or before is None or before <= 0:
        return None
    return int(_round(Decimal(now - before) * 1_000_000 / before, 0))


def day(value: date | None, lang: Lang, today: date) -> str:
    """11月25日, with the year when it is another one; 25 Nov in English."""
    if value is None:
        return MISSING
    if lang == "zh":
        short = f"{value.month}月{value.day}日"
        return short if value.year == today.year else f"{value.year}年{short}"
    short = f"{value.day} {_MONTHS[value.month - 1]}"
    return short if value.year == today.year else f"{short} {value.year}"


def day_named(value: date, lang: Lang, today: date) -> str:
    """11月25日 周三; Wed 25 Nov."""
    name, date_ = _WEEKDAYS[lang][value.weekday()], day(value, lang, today)
    return f"{date_} 周{name}" if lang == "zh" else f"{name} {date_}"


def days(first: date, last: date, lang: Lang, today: date) -> str:
    """11月1日–22日; the month stands once where it is the same."""
    if (first.year, first.month) != (last.year, last.month):
        return f"{day(first, lang, today)}–{day(last, lang, today)}"
    if lang == "zh":
        return f"{day(first, lang, today)}–{last.day}日"
    return f"{first.day}–{day(last, lang, today)}"


def moment(value: datetime | None) -> str:
    """2026-11-25 14:30, in the zone that the value carries."""
    return MISSING if value is None else f"{value:%Y-%m-%d %H:%M}"


def ago(value: datetime | None, lang: Lang, now: datetime) -> str:
    """刚刚 · 5 分钟前 · 3 小时前 · 昨天 16:20 · 3 天前; beyond seven days the date. Both in the local zone."""
    if value is None:
        return MISSING
    passed = (now.date() - value.date()).days
    seconds = (now - value).total_seconds()
    if passed > 7 or seconds < 0:
        return day(value.date(), lang, now.date())
    if seconds < 3600 or passed == 0:
        return _lately(int(seconds), zh=lang == "zh")
    if passed == 1:
        return f"{'昨天' if lang == 'zh' else 'yesterday'} {value:%H:%M}"
    return _ago(passed, "天", "day", zh=lang == "zh")


def _lately(seconds: int, *, zh: bool) -> str:
    if seconds < 60:
        return "刚刚" if zh else "just now"
    if seconds < 3600:
        return _ago(seconds // 60, "分钟", "minute", zh=zh)
    return _ago(seconds // 3600, "小时", "hour", zh=zh)


def _ago(number: int, unit_zh: str, unit_en: str, *, zh: bool) -> str:
    return f"{number} {unit_zh}前" if zh else f"{number} {plural(number, unit_en)} ago"


def plural(number: int, noun: str) -> str:
    """minute, minutes: English counts."""
    return noun if number == 1 else f"{noun}s"


def near(value: date | None, lang: Lang, today: date) -> str:
    """后天 11月26日, tomorrow (25 Nov): a deadline always carries its date; farther away the date alone."""
    if value is None:
        return MISSING
    names = {
        "zh": {-1: "昨天", 0: "今天", 1: "明天", 2: "后天"},
        "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
    }
    name = names[lang].get((value - today).days)
    date_ = day(value, lang, today)
    if name is None:
        return date_
    return f"{name} {date_}" if lang == "zh" else f"{name} ({date_})"


def since(value: date, lang: Lang, today: date) -> str:
    """How long: 3 年 2 个月, 5 个月, 12 天."""
    months = (today.year - value.year) * 12 + today.month - value.month - (today.day < value.day)
    if months < 1:
        number = max((today - value) // timedelta(days=1), 0)
        return f"{number} 天" if lang == "zh" else f"{number} {plural(number, 'day')}"
    years, rest = divmod(months, 12)
    parts = [(years, "年", "year"), (rest, "个月", "month")]
    shown = [
        f"{number} {zh}" if lang == "zh" else f"{number} {plural(number, en)}"
        for number, zh, en in parts
        if number
    ]
    return " ".join(shown)


def masked_name(name: str) -> str:
    """陈**."""
    return f"{name[:1]}**" if name else MISSING


def masked_phone(phone: str) -> str:
    """186****1402; a short or foreign number keeps its last four digits."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    if not digits:
        return MISSING
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"****{digits[-4:]}"


def tail(number: str, lang: Lang) -> str:
    """尾号 1208."""
    last = number[-4:]
    return MISSING if not last else (f"尾号 {last}" if lang == "zh" else f"ending {last}")
