"""What the engine reads of a pack: frozen values, no files. `packs.loader` makes one from YAML.

A pack is data. Numbers are already resolved for one day (`as_of`): dated values became plain ones.
Labels are pairs of Chinese and English; a label without Chinese cannot be made.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from yuandian.engine.tables import CHANNELS

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Channel = Literal["phone", "wecom", "sms", "email", "visit", "counter"]
Purpose = Literal["care", "ask", "service", "recovery"]
assert set(CHANNELS) == set(Channel.__args__)  # type: ignore[attr-defined]  # noqa: S101  one list, two spellings


class Frozen(BaseModel):
    """Unknown keys are refused: a misspelt key must not be silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Label(Frozen):
    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Feature(Frozen):
    """A column that the pack adds to `features`.

    `of` is summed (or its maximum taken) over the rows of `source` within the last `within_days` that
    satisfy `where`, a condition over that source's own columns; `count` needs no `of`; `days_since` gives
    the days since the last such row.
    """

    id: Identifier
    label: Label
    unit: Literal["fen", "count", "days"]
    source: Literal["customer_days", "contracts", "interactions", "events", "accounts"]
    aggregate: Literal["count", "sum", "max", "days_since"]
    of: Identifier | None = None
    where: str | None = None
    within_days: Annotated[int, Field(gt=0, le=3660)] | None = None


class Level(Frozen):
    """A tier, a stage or a segment: the first whose condition holds is the customer's."""

    id: Identifier
    label: Label
    when: str = "true"
    rank: int = 0
    top: bool = False
    """Top tiers get a briefing when their owner changes."""


class Worth(Frozen):
    """What is at stake: `of` (a feature in fen) times `ppm`, plus `fen`, at most `cap_fen`."""

    of: Identifier | None = None
    ppm: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    fen: Annotated[int, Field(ge=0)] = 0
    cap_fen: Annotated[int, Field(gt=0)] | None = None
    why: Label


class Effect(Frozen):
    """By how much a contact changes the outcome: an honest prior until a holdout tells better."""

    ppm: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    low_ppm: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    high_ppm: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    basis: Literal["assumption", "response_share", "holdout"]
    source: Label


class Playbook(Frozen):
    """One reason to contact a customer, with what to say and what it is expected to bring."""

    id: Identifier
    label: Label
    chip: Label
    tone: Literal["brand", "warn", "ok", "plain"] = "plain"
    purpose: Purpose
    when: str
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(gt=0, le=480)]
    because: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    """Features that the reason names; they are stored with every candidate."""
    reason: Label
    """One line that says why today, with {feature} in braces, worded when shown."""
    evidence: tuple[Label, ...] = ()
    scripts: Annotated[tuple[Label, ...], Field(min_length=1)]
    worth: Worth
    effect: Effect
    cool_down_days: Annotated[int, Field(ge=0, le=3660)]
    """Days that must have passed since our last attempt under this playbook, reached or not."""
    mandatory: bool = False
    compliance: Label | None = None


class Result(Frozen):
    """One of the six buttons. `reached` counts as a contact, `positive` as a success."""

    id: Identifier
    label: Label
    reached: bool
    positive: bool = False
    asks: Literal["nothing", "time", "case"] = "nothing"


class Product(Frozen):
    id: Identifier
    label: Label
    category: Identifier


class Limits(Frozen):
    min_days_between: Annotated[int, Field(ge=0)]
    """No second contact of ours within so many days, mandatory ones apart."""
    fatigue_fen: Annotated[int, Field(ge=0)]
    """Price of each contact in the last 30 days: without it an optimiser wears customers out."""
    needs_open_account: bool
    day_begins: Annotated[str, Field(pattern=r"^\d\d:\d\d$")]
    day_ends: Annotated[str, Field(pattern=r"^\d\d:\d\d$")]
    minutes_per_day: Annotated[int, Field(gt=0, le=720)]
    book_size: Annotated[int, Field(gt=0)] = 500
    """Customers one RM can be accountable for; beyond it an assignment says so."""


class Pack(Frozen):
    """An industry, resolved for one day."""

    id: Identifier
    version: str
    label: Label
    terms: dict[str, Label]
    features: tuple[Feature, ...]
    tiers: Annotated[tuple[Level, ...], Field(min_length=1)]
    stages: Annotated[tuple[Level, ...], Field(min_length=1)]
    segments: Annotated[tuple[Level, ...], Field(min_length=1)]
    playbooks: tuple[Playbook, ...]
    results: Annotated[tuple[Result, ...], Field(min_length=6, max_length=6)]
    products: tuple[Product, ...]
    limits: Limits
    handover_message: Label = Label(
        zh="{name}您好，我是{to_rm}。{from_rm}的工作有变动，从{date}起由我为您服务。之前约好的事我接着办，有事随时找我。",
        en="Hello {name}, this is {to_rm}. {from_rm} has moved on, and from {date} I look after you. "
        "What was agreed stands; call me whenever you need something.",
    )
    """Draft to each customer whose owner changes (K3). A person sends it."""
    values: dict[str, int]
    """Named numbers (thresholds in fen, days, counts) that conditions refer to, as in force on the day."""

    def playbook(self, identifier: str) -> Playbook:
        return next(playbook for playbook in self.playbooks if playbook.id == identifier)

    def result(self, identifier: str) -> Result:
        return next(result for result in self.results if result.id == identifier)
