"""When one may call, and the times to talk again."""

from datetime import date, datetime

import pytest
from django.utils import translation

from tests.factories import TODAY
from yuandian.packs.loader import load
from yuandian.records.reach import Reach
from yuandian.web.calls import call, slots

NOON = datetime.fromisoformat("2026-11-24T12:20:00+08:00")


@pytest.fixture(scope="module")
def limits():
    return load("bank", as_of=TODAY).limits


def reach(phone: str = "186 0000-1402", **allowed: bool) -> Reach:
    return Reach(phone, allowed, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("how", "hour", "href", "why_not"),
    [
        (reach(phone="186 0000-1402"), 12, "", "没有同意电话联系，不能拨"),
        (Reach("", {"phone": True}, None), 12, "", "没有留电话号码"),
        (Reach("186 0000-1402", {"phone": False}, None), 12, "", "没有同意电话联系，不能拨"),
        (Reach("186 0000-1402", {"phone": True}, None), 8, "", "09:00 后可拨"),
        (Reach("+86 186 0000 1402", {"phone": True}, None), 9, "tel:+8618600001402", ""),
        (Reach("186 0000-1402", {"phone": True}, None), 19, "tel:18600001402", ""),
        (Reach("186 0000-1402", {"phone": True}, None), 20, "", "明天 09:00 后可拨"),
    ],
)
def test_the_call_button_of_this_moment(limits, how, hour, href, why_not):
    with translation.override("zh-hans"):
        found = call(how, limits, NOON.replace(hour=hour))
    assert (found.href, found.why_not) == (href, why_not)


@pytest.mark.parametrize(
    ("now", "labels"),
    [
        ("2026-11-24T12:20:00+08:00", ["今天 15:00", "明天 10:00", "明天 15:00", "后天 10:00"]),
        ("2026-11-24T18:20:00+08:00", ["明天 10:00", "明天 15:00", "后天 10:00", "下周一 10:00"]),
        ("2026-11-27T19:20:00+08:00", ["明天 10:00", "明天 15:00", "后天 10:00", "下周一 10:00"]),
        ("2026-11-29T19:20:00+08:00", ["明天 10:00", "明天 15:00", "后天 10:00", "后天 15:00"]),
    ],
)
def test_four_times_soonest_first(limits, now, labels):
    with translation.override("zh-hans"):
        offered = slots(limits, datetime.fromisoformat(now))
    assert [slot.label for slot in offered] == labels
    assert [slot.at for slot in offered] == sorted(slot.at for slot in offered)
