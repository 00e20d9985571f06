"""What must hold in a playbook: known features, money that is money, words that can be filled and may be said."""

import re
from collections.abc import Iterator

from yuandian.engine.fields import LEVELS
from yuandian.engine.pack import Label, Playbook
from yuandian.engine.tables import FEATURES
from yuandian.packs.documents import Document, Place
from yuandian.packs.draft import Draft
from yuandian.packs.problems import Problem, suggestion
from yuandian.packs.schema import ALWAYS_GIVEN, LONGEST_SCRIPT

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_playbook(draft: Draft, document: Document, number: int, playbook: Playbook) -> Iterator[Problem]:
    """Features, money, effect and words of one playbook."""
    known = {name for name in FEATURES.names if name != "customer_id"} | set(LEVELS)
    known |= {feature.id for feature in draft.features.value}
    for position, name in enumerate(playbook.because):
        if name not in known:
            place = (number, "because", position)
            yield document.problem(place, f"unknown feature `{name}` in `because`", suggestion(name, known))
    money = {column.name for column in FEATURES if column.type == "fen"}
    money |= {feature.id for feature in draft.features.value if feature.unit == "fen"}
    if playbook.worth.of is not None and playbook.worth.of not in money:
        what = f"`worth` is of `{playbook.worth.of}`, which is no feature in fen"
        yield document.problem((number, "worth", "of"), what, suggestion(playbook.worth.of, money))
    effect = playbook.effect
    if not effect.low_ppm <= effect.ppm <= effect.high_ppm:
        what = f"the effect {effect.ppm} is not between {effect.low_ppm} and {effect.high_ppm}"
        yield document.problem((number, "effect"), what, "order low_ppm, ppm and high_ppm")
    yield from _words(draft, document, number, playbook)


def _words(draft: Draft, document: Document, number: int, playbook: Playbook) -> Iterator[Problem]:
    given = ALWAYS_GIVEN | set(playbook.because)
    for place, text in _texts(number, playbook):
        for name in _PLACEHOLDER.findall(text):
            if name not in given:
                what = f"placeholder `{{{name}}}` is not in `because`"
                yield document.problem(place, what, f"add it there, or {suggestion(name, given)}")
        if place[1] == "scripts":
            yield from _script(draft, document, place, text)
    if len(playbook.evidence) > 3:
        yield document.problem(
            (number, "evidence"), "more than three lines of evidence", "keep the three that count"
        )


def _script(draft: Draft, document: Document, place: Place, text: str) -> Iterator[Problem]:
    length = len(_PLACEHOLDER.sub("○" * 6, text))
    if place[-1] == "zh" and length > LONGEST_SCRIPT:
        what = f"the script has {length} characters, more than {LONGEST_SCRIPT}"
        yield document.problem(place, what, "shorten it to one reason and one ask")
    for word in draft.header.value.forbidden:
        if word.lower() in text.lower():
            fix = "say what is true without it (pack.yaml, forbidden)"
            yield document.problem(place, f"forbidden words `{word}`", fix)


def _texts(number: int, playbook: Playbook) -> Iterator[tuple[Place, str]]:
    places: list[tuple[Place, Label]] = [((number, "reason"), playbook.reason)]
    places += [((number, "evidence", n), label) for n, label in enumerate(playbook.evidence)]
    places += [((number, "scripts", n), label) for n, label in enumerate(playbook.scripts)]
    for place, label in places:
        yield (*place, "zh"), label.zh
        yield (*place, "en"), label.en
