"""What kinds of files and their columns are called, and what may stand in a cell. Columns go by names that an
import recognises, so that an empty template comes back as it left.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from yuandian.engine.know.intake import Matched
from yuandian.engine.know.intake.labels import BOUNDS, CODES
from yuandian.engine.tables import KINDS, Column
from yuandian.packs.fields import Fields
from yuandian.records.uploads import Upload
from yuandian.web.fmt import Lang
from yuandian.web.industry import in_words
from yuandian.web.wording import language

_CHINESE = re.compile(r"[\u4e00-\u9fff]")

KIND_WORDS = {
    "rms": (_("客户经理"), _("谁负责客户")),
    "customers": (_("客户"), _("客户的基本资料，一位一行")),
    "ownerships": (_("管户关系"), _("哪位客户从哪天起由谁负责")),
    "consents": (_("联系许可"), _("客户同意或不同意哪种联系方式")),
    "relations": (_("客户关系"), _("家人、股东、担保人")),
    "accounts": (_("账户"), _("客户名下的账户")),
    "contracts": (_("合同"), _("定期、贷款、保单，有到期日的写上")),
    "balances": (_("余额"), _("账户某天日终的余额或市值")),
    "transactions": (_("交易流水"), _("每笔进出一行")),
    "interactions": (_("联系记录"), _("各部门与客户的每次联系")),
    "events": (_("事件"), _("系统里发生的事，例如登录、新股上市")),
}
MEANINGS = {
    ("ownerships", "active_from"): _("从这天起负责"),
    ("ownerships", "active_to"): _("不再负责的第一天；现在还在负责就空着"),
    ("rms", "left_on"): _("不在岗的第一天"),
    ("rms", "minutes_per_day"): _("一个工作日能用在客户上的分钟数"),
    ("customers", "referrer_id"): _("介绍来的那位客户的客户号"),
    ("customers", "birth_calendar"): _("生日按哪种历"),
    ("consents", "source"): _("在哪里同意的"),
    ("accounts", "closed_on"): _("还在用就空着"),
    ("contracts", "closed_on"): _("提前结束的那天"),
    ("transactions", "amount_fen"): _("转入为正，转出为负"),
    ("transactions", "income_fen"): _("这笔给我们带来的收入"),
    ("events", "data"): _("JSON，可以空着"),
}


@dataclass(frozen=True)
class Kind:
    code: str
    name: str
    about: str
    columns: list[str]


def kinds(fields: Fields, lang: Lang) -> list[Kind]:
    """Every kind with the names of its columns; those that must be there have a mark."""
    return [
        Kind(
            kind,
            kind_name(kind),
            str(KIND_WORDS[kind][1]),
            [_marked(one, kind, fields, lang) for one in fields.table(kind)],
        )
        for kind in KINDS
    ]


def kind_name(kind: str) -> str:
    return str(KIND_WORDS[kind][0]) if kind in KIND_WORDS else kind


def _marked(column: Column, kind: str, fields: Fields, lang: Lang) -> str:
    return name_of(fields, kind, column, lang) + ("*" if column.required else "")


def template_header(fields: Fields, kind: str, lang: Lang) -> list[str]:
    """The header of an empty file of this kind; money is asked for in yuan, as people have it."""
    unit = "（元）" if lang == "zh" else " (yuan)"
    return [name_of(fields, kind, one, lang) + (unit if one.type == "fen" else "") for one in fields.table(kind)]


def name_of(fields: Fields, kind: str, column: Column, lang: Lang) -> str:
    """客户号; customer id."""
    extra = next((one for one in fields.extra if one.id == column.name), None) if column.extra else None
    if extra is not None:
        return in_words(extra.label, lang)
    name = column.name.removesuffix("_fen")
    if lang == "en":
        return name.replace("_", " ")
    chinese = next((alias for alias in fields.kinds[kind][column.name] if _CHINESE.search(alias)), name)
    return chinese.removesuffix("分") if column.type == "fen" else chinese


def hint(kind: str, column: Column, lang: Lang) -> str:
    """What the column means where its name does not say it, and what may be written."""
    said = [str(MEANINGS[kind, column.name])] if (kind, column.name) in MEANINGS else []
    return " · ".join([*said, *filter(None, [_form(column, lang)])])


def _form(column: Column, lang: Lang) -> str:
    if column.choices:
        words = [CODES[code][0] if lang == "zh" and code in CODES else code for code in column.choices]
        return ("、" if lang == "zh" else ", ").join(words)
    if column.name in BOUNDS:
        low, high = BOUNDS[column.name]
        return str(_("%(low)s 到 %(high)s") % {"low": low, "high": high})
    forms = {
        "date": "2026-11-25",
        "timestamp": "2026-11-25 09:30",
        "flag": _("是 或 否"),
        "integer": _("整数"),
    }
    return str(forms.get(column.type, ""))


@dataclass(frozen=True)
class Choice:
    """A column of the kind and the file's headers from which one is chosen for it."""

    column: Column
    name: str
    hint: str
    chosen: str
    is_yuan: bool
    samples: list[str]
    is_missing: bool

    @property
    def is_money(self) -> bool:
        return self.column.type == "fen"


def choices(upload: Upload, fields: Fields, matched: Matched, missing: Sequence[str] = ()) -> list[Choice]:
    lang = language()
    found = []
    for column in fields.table(upload.kind):
        chosen = matched.columns.get(column.name, "")
        found.append(
            Choice(
                column=column,
                name=name_of(fields, upload.kind, column, lang),
                hint=hint(upload.kind, column, lang),
                chosen=chosen,
                is_yuan=column.name in matched.in_yuan or not chosen,
                samples=upload.samples.get(chosen, []),
                is_missing=column.name in missing,
            )
        )
    return found


def is_kind(text: str) -> bool:
    return text in KINDS
