"""Conditions of a pack: which names they may use, which texts they may compare with."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from yuandian.engine.rules import FieldType, Rule, RuleError, parse
from yuandian.packs.documents import Document, Place
from yuandian.packs.problems import Problem, suggestion

_COMPARED = re.compile(
    r"\b(?P<name>[a-z_][a-z0-9_]*)\s*(?:(?:=|<>|!=)\s*(?P<one>'[^']*')|(?:NOT\s+)?IN\s*\((?P<many>[^)]*)\))",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"'([^']*)'")


@dataclass(frozen=True)
class Names:
    """What a condition at some place of the pack may speak of. `choices` closes texts that are codes."""

    fields: Mapping[str, FieldType]
    values: Mapping[str, int]
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def adding(self, name: str, choices: Iterable[str]) -> "Names":
        """The same and one more text field, such as the tier once tiers are known."""
        return Names({**self.fields, name: "text"}, self.values, {**self.choices, name: frozenset(choices)})


def check(document: Document, place: Place, text: str, names: Names) -> Iterator[Problem]:
    """What is wrong with a condition, with the place in its text."""
    where = f"`{'.'.join(map(str, place))}`"
    try:
        rule = parse(text, names.fields, names.values)
    except RuleError as error:
        what, _, fix = str(error).partition(": ")
        yield document.problem(place, f"{where}: {what}", (fix or "correct the condition").rstrip("."))
        return
    except ValueError as error:
        yield document.problem(place, f"{where}: {error}", "correct the condition")
        return
    yield from _unknown_texts(document, place, text, names, rule)


def _unknown_texts(document: Document, place: Place, text: str, names: Names, rule: Rule) -> Iterator[Problem]:
    for match in _COMPARED.finditer(text):
        known = names.choices.get(match["name"].lower())
        if known is None or match["name"] not in rule.fields:
            continue
        for quoted in _QUOTED.finditer(match["one"] or match["many"]):
            if quoted[1] not in known:
                what = f"unknown {match['name']} `{quoted[1]}` at character {match.start() + 1}"
                yield document.problem(place, what, suggestion(quoted[1], known))
