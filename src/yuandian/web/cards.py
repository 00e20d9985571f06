"""One line of the list as a card: who, why, what to say, how to reach them, how the choice was made."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from yuandian.engine.pack import Pack, Playbook, Result
from yuandian.records.customers import Customer
from yuandian.records.facts import Interaction
from yuandian.records.reach import Reach, reach
from yuandian.records.work import WorklistItem
from yuandian.web import fmt
from yuandian.web.calls import Call, Slot, call, slots
from yuandian.web.wording import Voice, effect, inputs_of, reason

MOST_EVIDENCE = 3
ASKED = ("phone", "wecom", "sms", "email")
"""Channels that need consent, in the order in which they are named."""


@dataclass(frozen=True)
class Why:
    """How the place on the list came about: the numbers named, and worth × effect − fatigue."""

    inputs: list[tuple[str, str]]
    worth_fen: int
    worth_why: str
    effect_ppm: int
    effect_words: str
    fatigue_fen: int
    benefit_fen: int
    minutes: int
    mandatory: bool


@dataclass(frozen=True)
class Fact:
    label: str
    text: str


@dataclass(frozen=True)
class Row:
    """A line of the queue."""

    item: WorklistItem
    name: str
    reason: str
    chip: str
    tone: str
    minutes: int


@dataclass(frozen=True)
class Card:
    """The open card. `result` is what stands logged, as a word; `key` makes a second tap the same tap."""

    row: Row
    tier: str
    assets_fen: int | None
    owned_since: date | None
    phone: str
    evidence: list[str]
    scripts: list[str]
    compliance: str
    hours: str
    allowed: list[str]
    channel: str
    call: Call
    slots: list[Slot]
    results: list[tuple[Result, str]]
    result: str
    key: UUID
    why: Why | None
    facts: list[Fact]
    talks: list[tuple[Interaction, str, str]]


def row(item: WorklistItem, voice: Voice) -> Row:
    """The line in words. A playbook that the pack no longer has leaves its id."""
    playbook = voice.playbook(item.playbook)
    return Row(
        item,
        item.customer.name,
        reason(voice, item.playbook, _inputs(item)),
        voice.label(playbook.chip) if playbook else item.playbook,
        "" if playbook is None or playbook.tone == "plain" else playbook.tone,
        item.minutes,
    )


def card(item: WorklistItem, talks: list[Interaction], voice: Voice, now: datetime) -> Card:
    """`talks` are the customer's latest contacts, newest first; `now` is local."""
    pack, customer, state = voice.pack, item.customer, getattr(item.customer, "state", None)
    playbook, inputs, how = voice.playbook(item.playbook), _inputs(item), reach(item.customer)
    return Card(
        row=row(item, voice),
        tier=voice.level("tier", state.tier) if state else "",
        assets_fen=state.assets_fen if state else None,
        owned_since=how.owned_since,
        phone=how.phone,
        evidence=_evidence(playbook, inputs, voice),
        scripts=[voice.fill(script, inputs) for script in playbook.scripts] if playbook else [],
        compliance=voice.label(playbook.compliance) if playbook and playbook.compliance else "",
        hours=f"{pack.limits.day_begins}–{pack.limits.day_ends}",
        allowed=[voice.channel(code) for code in ASKED if how.allowed.get(code)],
        channel=item.channel,
        call=call(how, pack.limits, now),
        slots=slots(pack.limits, now),
        results=[(result, voice.label(result.label)) for result in pack.results],
        result=voice.result(item.result.result) if item.result else "",
        key=uuid4(),
        why=_why(item, playbook, inputs, voice) if playbook else None,
        facts=_facts(customer, state, how, voice),
        talks=[(talk, voice.channel(talk.channel), voice.result(talk.result)) for talk in talks],
    )


def _inputs(item: WorklistItem) -> dict[str, Any]:
    """What was stored with the line, and the four names that every sentence may use."""
    state = getattr(item.customer, "state", None)
    always = {
        "name": item.customer.name,
        "rm_name": item.rm.name,
        "assets_fen": state and state.assets_fen,
        "days_since_contact": state and state.days_since_contact,
    }
    return always | inputs_of(item.inputs)


def _evidence(playbook: Playbook | None, inputs: dict[str, Any], voice: Voice) -> list[str]:
    known = [line for line in playbook.evidence if voice.fills(line, inputs)] if playbook else []
    return [voice.fill(line, inputs) for line in known[:MOST_EVIDENCE]]


def _why(item: WorklistItem, playbook: Playbook, inputs: dict[str, Any], voice: Voice) -> Why:
    pack: Pack = voice.pack
    return Why(
        inputs=[(voice.feature(name), voice.value(name, inputs.get(name))) for name in playbook.because],
        worth_fen=item.worth_fen,
        worth_why=voice.label(playbook.worth.why),
        effect_ppm=item.effect_ppm,
        effect_words=effect(voice, playbook),
        fatigue_fen=pack.limits.fatigue_fen * int(inputs.get("contacts_30d") or 0),
        benefit_fen=item.benefit_fen,
        minutes=item.minutes,
        mandatory=item.mandatory,
    )


def _facts(customer: Customer, state: Any, how: Reach, voice: Voice) -> list[Fact]:
    terms = voice.terms
    levels = [(kind, getattr(state, kind, "")) for kind in ("tier", "stage", "segment")]
    return [
        *(Fact(terms[kind], voice.level(kind, level)) for kind, level in levels if level),
        Fact(_("开户"), fmt.day(customer.opened_on, voice.lang, voice.today)),
        Fact(terms["feature_risk_level"], fmt.count(customer.risk_level)),
        Fact(terms["channel_phone"], fmt.masked_phone(how.phone)),
    ]
