"""Codes and numbers into sentences, in the reader's language. Reasons are stored as code and inputs.

Sentences of an industry come from its pack and are filled by name; nothing but a name between braces is
looked at, so a pack cannot reach into objects. Sentences of the house go through gettext.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yuandian.engine.pack import Label, Level, Pack, Playbook
from yuandian.engine.tables import FEATURES
from yuandian.operations.writing import RefusedError
from yuandian.web import fmt
from yuandian.web.industry import Terms, in_words

_SHOWN_AS_DATE = frozenset({"days_to_callback"})
"""Days to a day that may be past: the day itself says it better than a negative number."""
_NAMED = re.compile(r"\{(\w+)\}")
_TYPES = {column.name: column.type for column in FEATURES}
_UNITS = {"fen": "fen", "count": "integer", "days": "integer"}


def language() -> fmt.Lang:
    """The active language as `fmt` and packs know it."""
    return "en" if (get_language() or "").startswith("en") else "zh"


@dataclass(frozen=True)
class Voice:
    """What is needed to word a branch's codes: its pack, the language, the currency, the day of the list."""

    pack: Pack
    lang: fmt.Lang
    currency: str
    today: date

    @property
    def terms(self) -> Terms:
        return Terms(self.pack, self.lang)

    def label(self, label: Label) -> str:
        return in_words(label, self.lang)

    def level(self, kind: str, identifier: str) -> str:
        """A tier, stage or segment by its id."""
        levels: Mapping[str, tuple[Level, ...]] = {
            "tier": self.pack.tiers,
            "stage": self.pack.stages,
            "segment": self.pack.segments,
        }
        found = next((level for level in levels[kind] if level.id == identifier), None)
        return self.label(found.label) if found else identifier

    def result(self, identifier: str) -> str:
        """One of the six, or the code as it came in from a file."""
        found = next((result for result in self.pack.results if result.id == identifier), None)
        return self.label(found.label) if found else identifier

    def channel(self, code: str) -> str:
        return self.terms[f"channel_{code}"]

    def playbook(self, identifier: str) -> Playbook | None:
        """None where today's pack no longer has it."""
        return next((playbook for playbook in self.pack.playbooks if playbook.id == identifier), None)

    def feature(self, name: str) -> str:
        """What a number is called: 距到期天数."""
        own = next((feature for feature in self.pack.features if feature.id == name), None)
        return self.label(own.label) if own else self.terms[f"feature_{name}"]

    def value(self, name: str, value: Any) -> str:
        """A feature's value by its unit: money compact, dates near, codes by their words."""
        kind = self._kind(name)
        if value is None:
            return fmt.MISSING
        if kind == "fen":
            return fmt.compact(int(value), self.lang, self.currency)
        if name in _SHOWN_AS_DATE:
            return fmt.near(self.today + timedelta(days=int(value)), self.lang, self.today)
        if kind == "integer":
            return fmt.count(int(value))
        if kind == "date":
            # English sentences say "on" before a date, so only Chinese names the day as well.
            shown = fmt.near if self.lang == "zh" else fmt.day
            return shown(date.fromisoformat(value), self.lang, self.today)
        return self._code(name, str(value))

    def _kind(self, name: str) -> str:
        own = next((feature for feature in self.pack.features if feature.id == name), None)
        return _UNITS[own.unit] if own else _TYPES.get(name, "text")

    def _code(self, name: str, value: str) -> str:
        if name in {"tier", "stage", "segment"}:
            return self.level(name, value)
        if name == "last_result":
            return self.result(value)
        prefix = {"ending_category": "category", "kind": "kind", "channel": "origin"}.get(name)
        key = f"{prefix}_{value}"
        return self.terms[key] if prefix and key in self.terms else value

    def fill(self, label: Label, inputs: Mapping[str, Any]) -> str:
        """The sentence with its names replaced by values as shown; `name` and `rm_name` go in as they are."""

        def shown(match: re.Match[str]) -> str:
            name = match[1]
            known = inputs.get(name)
            return str(known) if name in {"name", "rm_name"} else self.value(name, known)

        return _NAMED.sub(shown, self.label(label))

    def fills(self, label: Label, inputs: Mapping[str, Any]) -> bool:
        """Whether every name has a value: evidence about nothing is not shown."""
        return all(inputs.get(name) is not None for name in _NAMED.findall(self.label(label)))

    def money(self, fen: int | None) -> str:
        return fmt.compact(fen, self.lang, self.currency)


def inputs_of(text: str) -> dict[str, Any]:
    """The stored JSON of a reason."""
    inputs: dict[str, Any] = json.loads(text or "{}")
    return inputs


def reason(voice: Voice, playbook: str, inputs: Mapping[str, Any]) -> str:
    """Why this customer today, in one line; for a playbook that is gone, its id."""
    found = voice.playbook(playbook)
    return voice.fill(found.reason, inputs) if found else playbook


def effect(voice: Voice, playbook: Playbook) -> str:
    """How sure we are of the effect, in plain words: a prior is never sold as proof."""
    values = {
        "effect": fmt.percent(playbook.effect.ppm),
        "low": fmt.percent(playbook.effect.low_ppm),
        "high": fmt.percent(playbook.effect.high_ppm),
        "source": voice.label(playbook.effect.source),
    }
    if playbook.effect.basis == "holdout":
        return _("对照组测得：联系使结果多 %(effect)s（%(low)s 至 %(high)s）。来源：%(source)s") % values
    if playbook.effect.basis == "response_share":
        return (
            _("按响应率推算，还没有对照组：联系使结果多 %(effect)s（可能 %(low)s 至 %(high)s）。来源：%(source)s")
            % values
        )
    return (
        _("这是假设，还没有证实：联系使结果多 %(effect)s（可能 %(low)s 至 %(high)s）。来源：%(source)s") % values
    )


def left_out(code: str) -> str:
    """Why customers are not on today's list (engine.tables.LEFT_OUT), for a count beside it."""
    return {
        "listed": _("在今天的名单上"),
        "no_owner": _("没有负责的人"),
        "not_yet_customer": _("还没有开户"),
        "no_open_account": _("没有在用账户"),
        "no_trigger": _("今天没有联系的理由"),
        "no_consent": _("没有同意联系的渠道"),
        "cool_down": _("同样的事不久前联系过"),
        "contacted_lately": _("最近刚联系过"),
        "no_gain": _("联系没有好处，反而打扰"),
        "rm_away": _("负责的人不在"),
        "no_minutes": _("今天的时间排满了"),
    }.get(code, code)


def decision(voice: Voice, code: str, inputs: Mapping[str, Any]) -> str:
    """Why one customer is on the list or not, with the numbers behind it."""
    known = voice.playbook(str(inputs.get("playbook", "")))
    values = {
        "playbook": voice.label(known.label) if known else str(inputs.get("playbook", "")),
        "benefit": voice.money(inputs.get("benefit_fen")),
        "worth": voice.money(inputs.get("worth_fen")),
        **{name: inputs.get(name) for name in ("position", "minutes", "days", "limit_days", "contacts_30d")},
    }
    sentence = {
        "listed": _("在名单第 %(position)s 位，因为「%(playbook)s」"),
        "no_consent": _("「%(playbook)s」成立，但没有同意联系的渠道"),
        "cool_down": _("「%(playbook)s」成立，但同样的事 %(days)s 天前联系过，要隔 %(limit_days)s 天"),
        "contacted_lately": _("「%(playbook)s」成立，但 %(days)s 天前刚联系过，要隔 %(limit_days)s 天"),
        "no_gain": _("「%(playbook)s」成立，但预计好处是 %(benefit)s，近 30 天已联系 %(contacts_30d)s 次"),
        "rm_away": _("「%(playbook)s」成立，但负责的人不在"),
        "no_minutes": _("「%(playbook)s」成立，预计好处 %(benefit)s，要 %(minutes)s 分钟，今天排不下"),
    }.get(code)
    return sentence % values if sentence else left_out(code)


def refusal(refused: RefusedError) -> str:
    """Why an operation said no, and what to do. Nothing has changed."""
    inputs = refused.inputs
    return {
        "unknown_result": _("没有这个结果，请从六个里选一个。"),
        "callback_needs_time": _("约好再谈要选一个时间。"),
        "key_reused": _("这张卡已经记过了。先撤销，再重新记。"),
        "not_yours": _("这是同事记的，只有本人能改。"),
        "day_over": _("结果只能在当天 24:00 前改。"),
        "voided": _("这条已经撤销，不能再写备注。"),
        "not_permitted": _("你还不能做这件事。找负责人开通。"),
        "rm_left": _("这位同事已经离开，请选在岗的人。"),
        "unknown_cause": _("请选一个交接原因：离职、晋升或调动。"),
        "nobody_to_take": _("没有在岗的人可以接手，先添加人。"),
        "incomplete": _("还有客户没有选接手的人。"),
        "not_yet": _("交接日还没到，当天再办。"),
        "unreadable": _("这次提交没看懂。刷新页面再点一次。"),
        "no_phone": _("没有留电话号码"),
        "unknown_preference": _("没有这个选项。"),
        "moved_on": _("这一步已经做过了，下面是现在的样子。"),
        "unknown_column": _("文件里没有这一列。刷新页面再选。"),
        "column_twice": _("「%(header)s」选给了两列，只能给一列。"),
        "missing_columns": _("还缺：%(missing)s。选好是文件里的哪一列。"),
        "import_running": _("同一个文件正在导入，等它完了再试。"),
        "repairs_running": _("改好的文件还在导入，等它完了再撤销。"),
        "no_row_numbers": _("这个文件里没有「%(name)s」这一列。请用从这里下载的文件改。"),
        "too_late": _("已经过了 7 天，不能撤销了。"),
        "unfinished": _("还没有导完，导完才能撤销。"),
        "undone_already": _("已经撤销过了。"),
        "in_use": _("不能撤销：%(kind)s %(number)s 上已有%(why)s（共 %(count)s 条）。先处理它们。"),
        "unknown_format": _("只能导出 Excel 或 csv。"),
        "export_budget": _(
            "今天导出的行数到上限了：这次要 %(rows)s 行，今天还剩 %(left)s 行。缩小范围，或明天再导。"
        ),
        "too_many_rows": _("超过一百万行，Excel 放不下。请导出 csv。"),
        "too_long_for_xlsx": _("有一格超过 32767 个字，Excel 放不下。请导出 csv。"),
        "withdrawn": _("已撤回。"),
    }.get(refused.code, refused.code) % inputs
