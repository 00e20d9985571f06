"""What is wrong with a file or a step of an import, in words: the place, what, and what to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.records.uploads import Upload
from yuandian.web.columns import kind_name, name_of
from yuandian.web.refused import in_language
from yuandian.web.wording import language, refusal


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file or a step: the place, what, and what to do."""

    where: str
    what: str
    fix: str


def fault_of(upload: Upload) -> Fault | None:
    fault = upload.fault
    if not fault:
        return None
    if "refused" in fault:
        return Fault("", refused_words(upload, fault["refused"], fault["inputs"]), "")
    return Fault(_where(fault["where"]), in_language(fault["what"]), in_language(fault["fix"]))


def _where(said: str) -> str:
    """A place in a file as readers of Chinese say it."""
    if language() != "zh":
        return said
    for english, chinese in (("row", "行"), ("line", "行"), ("byte", "字节"), ("column", "列")):
        said = re.sub(rf", {english} (\d+)", rf"，第 \1 {chinese}", said)
    return said


def refused_words(upload: Upload, code: str, inputs: Mapping[str, Any]) -> str:
    """A refusal with its columns, kinds and times in words."""
    said = dict(inputs)
    if "missing" in said:
        fields = load_fields(upload.branch.pack)
        table, lang = fields.table(upload.kind), language()
        names = [name_of(fields, upload.kind, table[name], lang) for name in said["missing"]]
        said["missing"] = ("、" if lang == "zh" else ", ").join(names)
    if "kind" in said:
        said["kind"] = kind_name(str(said["kind"]))
    if "why" in said:
        said["why"] = _later(str(said["why"]))
    if code == "no_row_numbers":
        said["name"] = said[language()]
    return refusal(RefusedError(code, **said))


def _later(model: str) -> str:
    """What stands on a row of an import, by the name of its table."""
    return {
        "importbatch": _("后来的导入"),
        "contactresult": _("记下的联系结果"),
        "interaction": _("联系记录"),
        "ownership": _("后来的交接"),
        "handover": _("后来的交接"),
        "handoverline": _("后来的交接"),
        "user": _("登录账号"),
    }.get(model, _("后来的记录"))
