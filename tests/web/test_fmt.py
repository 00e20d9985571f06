"""Numbers, money and dates exactly as UX.md, section 9, has them (X4)."""

from datetime import date, datetime, timedelta

import pytest

from yuandian.web import fmt

pytestmark = pytest.mark.req("X4")
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 14, 30)


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (None, "--", "--"),
        (0, "¥0", "¥0"),
        (49, "¥0", "¥0"),
        (50, "¥1", "¥1"),
        (980_000, "¥9,800", "¥9.8K"),
        (999_949, "¥9,999", "¥10.0K"),
        (999_950, "¥1.0万", "¥10.0K"),
        (68_400_000, "¥68.4万", "¥684K"),
        (999_949_999, "¥999.9万", "¥10.0M"),
        (999_950_000, "¥1,000万", "¥10.0M"),
        (4_126_000_000, "¥4,126万", "¥41.3M"),
        (999_949_999_999, "¥99.99亿", "¥10.0B"),
        (12_500_000_000, "¥1.25亿", "¥125M"),
        (-12_000_000, "−¥12.0万", "−¥120K"),
    ],
)
def test_compact_money(fen, zh, en):
    assert (fmt.compact(fen, "zh"), fmt.compact(fen, "en")) == (zh, en)


def test_exact_money_and_money_in_tables():
    assert [fmt.money(fen) for fen in (584_620, -5, None)] == ["¥5,846.20", "−¥0.05", "--"]
    assert fmt.in_unit(412_600_000) == "412.6"
    assert [fmt.in_unit(fen) for fen in (-412_600_000, None)] == ["−412.6", "--"]


def test_another_currency_is_named_by_its_code():
    assert fmt.money(584_620, "CZK") == "CZK\u00a05,846.20"
    assert fmt.compact(68_400_000, "zh", "CZK") == "CZK\u00a068.4万"


def test_counts_percents_and_points():
    assert [fmt.count(number) for number in (2903, -3, None)] == ["2,903", "−3", "--"]
    assert fmt.percent(964_000) == "96.4%"
    assert (fmt.points(-3_000, "zh"), fmt.points(-3_000, "en")) == ("▼ 0.3 个百分点", "▼ 0.3 pp")


def test_change_has_a_direction_without_colour():
    changes = (64_000, -58_000, 0, 400, None)
    assert [fmt.change(ppm, "zh") for ppm in changes] == ["▲ 6.4%", "▼ 5.8%", "持平", "持平", "--"]
    assert fmt.change(0, "en") == "no change"
    assert fmt.change_ppm(1_064, 1_000) == 64_000
    assert [fmt.change_ppm(5, before) for before in (0, None, -1)] == [None, None, None]


def test_dates():
    days = (date(2026, 11, 25), date(2025, 6, 18), None)
    assert [fmt.day(day, "zh", TODAY) for day in days] == ["11月25日", "2025年6月18日", "--"]
    assert [fmt.day(day, "en", TODAY) for day in days] == ["25 Nov", "18 Jun 2025", "--"]
    assert fmt.day_named(date(2026, 11, 24), "zh", TODAY) == "11月24日 周二"
    assert fmt.day_named(date(2026, 11, 24), "en", TODAY) == "Tue 24 Nov"
    assert fmt.moment(datetime(2026, 11, 25, 14, 30)) == "2026-11-25 14:30"


def test_ranges():
    first, last = date(2026, 11, 1), date(2026, 11, 22)
    assert fmt.days(first, last, "zh", TODAY) == "11月1日–22日"
    assert fmt.days(first, last, "en", TODAY) == "1–22 Nov"
    assert fmt.days(first, date(2026, 12, 3), "zh", TODAY) == "11月1日–12月3日"


@pytest.mark.parametrize(
    ("past", "zh", "en"),
    [
        (timedelta(seconds=59), "刚刚", "just now"),
        (timedelta(minutes=1), "1 分钟前", "1 minute ago"),
        (timedelta(minutes=5), "5 分钟前", "5 minutes ago"),
        (timedelta(hours=3), "3 小时前", "3 hours ago"),
        (timedelta(hours=22, minutes=10), "昨天 16:20", "yesterday 16:20"),
        (timedelta(days=3), "3 天前", "3 days ago"),
        (timedelta(days=8), "11月16日", "16 Nov"),
        (timedelta(seconds=-1), "11月24日", "24 Nov"),
    ],
)
def test_how_long_ago(past, zh, en):
    assert (fmt.ago(NOW - past, "zh", NOW), fmt.ago(NOW - past, "en", NOW)) == (zh, en)


def test_a_deadline_always_has_its_date():
    ahead = [TODAY + timedelta(days=days) for days in (-1, 0, 1, 2, 3)]
    zh = ["昨天 11月23日", "今天 11月24日", "明天 11月25日", "后天 11月26日", "11月27日"]
    en = ["yesterday (23 Nov)", "today (24 Nov)", "tomorrow (25 Nov)", "26 Nov", "27 Nov"]
    assert [fmt.near(day, "zh", TODAY) for day in ahead] == zh
    assert [fmt.near(day, "en", TODAY) for day in ahead] == en


def test_how_long_since():
    starts = [date(2023, 9, 24), date(2026, 6, 25), date(2026, 11, 12), date(2025, 11, 24)]
    assert [fmt.since(day, "zh", TODAY) for day in starts] == ["3 年 2 个月", "4 个月", "12 天", "1 年"]
    assert [fmt.since(day, "en", TODAY) for day in starts] == ["3 years 2 months", "4 months", "12 days", "1 year"]


def test_masks():
    assert fmt.masked_name("陈大海") == "陈**"
    assert [fmt.masked_phone(phone) for phone in ("18600001402", "8231402", "")] == [
        "186****1402",
        "****1402",
        "--",
    ]
    assert (fmt.tail("6222021208", "zh"), fmt.tail("6222021208", "en")) == ("尾号 1208", "ending 1208")


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, "--"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (33_512, "34 KB"),
        (1_250_000, "1.3 MB"),
        (2_000_000_000, "2.0 GB"),
    ],
)
def test_sizes_of_files(size, shown):
    assert fmt.size(size) == shown
