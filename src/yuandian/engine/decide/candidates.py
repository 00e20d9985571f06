"""Decide: who could be contacted why, and which limit forbids it (requirement D1).

worth   = of × ppm / 1 000 000 (rounded half up; nothing below 0) + fen, at most cap_fen
benefit = worth × effect / 1 000 000 (rounded half up) − fatigue_fen × contacts_30d

All in whole fen and in 128-bit integers, so that no product of a sum and a rate overflows or is a float.

The limits, first one first: no accountable RM; no open account (where the pack needs one); no channel of the
playbook that the customer allows (a visit and the counter need no consent); an attempt of ours under the same
playbook within its cool-down; any attempt of ours within the pack's days between; no gain. A mandatory playbook
is exempt from the last two.
"""

from pathlib import Path

from yuandian.engine.fields import LEVELS, condition, feature_fields
from yuandian.engine.pack import Pack, Playbook, Worth
from yuandian.engine.rules import FieldType
from yuandian.engine.sql import Night, Sql, Workspace, literal, name
from yuandian.engine.tables import CANDIDATES, SQL_TYPES

_MILLION = 1_000_000
_ESCAPED = r"""replace(replace(regexp_replace({}, '[\x00-\x1f]', ' ', 'g'), '\', '\\'), '"', '\"')"""


def candidates(workspace: Workspace, night: Night) -> None:
    """Make `candidates`: a row for every customer and playbook whose condition holds, unknown meaning no."""
    workspace.run(_empty())
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for playbook in night.pack.playbooks:
        workspace.run(text, **_playbook(playbook, night.pack), **_limits(playbook, night.pack))


def _empty() -> str:
    columns = (
        name(column.name) if column.type == "id" else f"CAST(NULL AS {SQL_TYPES[column.type]}) AS {column.name}"
        for column in CANDIDATES
    )
    return (
        f"CREATE OR REPLACE TABLE candidates AS SELECT {', '.join(columns)}"
        " FROM (SELECT *, _rm_id AS rm_id FROM situations) AS owned WHERE FALSE"
    )


def _playbook(playbook: Playbook, pack: Pack) -> dict[str, Sql | int]:
    return {
        "playbook": literal(playbook.id),
        "purpose": literal(playbook.purpose),
        "minutes": playbook.minutes,
        "mandatory": playbook.mandatory,
        "channels": Sql(" ".join(f"WHEN {_allowed(channel)} THEN '{channel}'" for channel in playbook.channels)),
        "condition": condition(playbook.when, pack, levels=len(LEVELS)),
        "worth": _worth(playbook.worth),
        "effect_ppm": playbook.effect.ppm,
        "gain": _gain(playbook.effect.ppm),
        "inputs": _inputs(playbook, pack),
    }


def _limits(playbook: Playbook, pack: Pack) -> dict[str, Sql | int]:
    return {
        "needs_open_account": pack.limits.needs_open_account,
        "min_days_between": pack.limits.min_days_between,
        "fatigue_fen": Sql(f"CAST({pack.limits.fatigue_fen} AS BIGINT)"),
        "cool_down_days": playbook.cool_down_days,
    }


def _allowed(channel: str) -> str:
    return "TRUE" if channel in ("visit", "counter") else f"_may_{channel}"


def _worth(worth: Worth) -> Sql:
    """Whole fen. `//` divides integers without a float (Spark writes it div)."""
    share = "0"
    if worth.of is not None:
        amount = f"CAST(greatest(coalesce({name(worth.of)}, 0), 0) AS HUGEINT)"
        share = f"({amount} * {worth.ppm} + {_MILLION // 2}) // {_MILLION}"
    total = f"{share} + {worth.fen}"
    return Sql(total if worth.cap_fen is None else f"least({total}, {worth.cap_fen})")


def _gain(effect_ppm: int) -> Sql:
    """Gain: worth × effect rounded half up, which for a loss is the magnitude rounded half down."""
    product = f"CAST(worth_fen AS HUGEINT) * {abs(effect_ppm)}"
    if effect_ppm >= 0:
        return Sql(f"({product} + {_MILLION // 2}) // {_MILLION}")
    return Sql(f"-(({product} + {_MILLION // 2 - 1}) // {_MILLION})")


def _inputs(playbook: Playbook, pack: Pack) -> Sql:
    """A JSON object of what the reason names, then what the worth and the fatigue go by."""
    fields = feature_fields(pack) | dict.fromkeys(LEVELS, "text")
    worth = () if playbook.worth.of is None else (playbook.worth.of,)
    named = dict.fromkeys((*playbook.because, *worth, "contacts_30d"))
    pairs = (f"""'"{field}":', {_json(field, fields[field])}""" for field in named)
    return Sql("concat('{', " + ", ',', ".join(pairs) + ", '}')")


def _json(field: str, kind: FieldType) -> str:
    text = f"CAST({name(field)} AS VARCHAR)"
    if kind == "text":
        text = _ESCAPED.format(text)
    if kind in ("text", "date"):
        text = f"""'"' || {text} || '"'"""
    return f"coalesce({text}, 'null')"
