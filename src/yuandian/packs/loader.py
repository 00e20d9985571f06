"""Packs are read here: folders of YAML become `engine.pack.Pack`, or are refused with every problem named.

Checks come in two rounds: first the form of each file, then what holds between them.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from yuandian.engine.pack import Label, Pack
from yuandian.packs import cases, checks, pay, pay_cases, source_checks
from yuandian.packs.draft import HERE, Draft, Part, read_draft
from yuandian.packs.fields import check_fields
from yuandian.packs.problems import PackError, Problem, suggestion
from yuandian.packs.schema import Dated, Value
from yuandian.packs.source import Source

__all__ = ["PackError", "Problem", "check", "load", "load_source", "packs"]


def packs() -> list[str]:
    """The packs that come with the house."""
    return sorted(path.parent.name for path in HERE.glob("*/pack.yaml"))


def load(pack_id: str, *, as_of: date, source: str | None = None, folder: Path | None = None) -> Pack:
    """The pack resolved for a day, with the values of a source where it has its own.

    `folder` is the pack's own folder where it does not come with the house. Raises PackError.
    """
    draft = read_draft(_folder(pack_id, folder))
    known, problems = _resolve(draft, as_of, _source(draft, source) if source else None)
    pack = _pack(draft, known)
    problems += _between(draft, pack, pack_id)
    if problems:
        raise PackError(problems)
    return pack


def load_source(pack_id: str, name: str, *, folder: Path | None = None) -> Source:
    """A source of a pack, ready for `sources.compile_source`. Raises PackError."""
    draft = read_draft(_folder(pack_id, folder))
    part = _source(draft, name)
    problems = list(source_checks.source(part, draft))
    if problems:
        raise PackError(problems)
    return part.value


def check(pack_id: str, *, folder: Path | None = None) -> list[Problem]:
    """All that is wrong with a pack, its sources and its cases; empty when nothing is."""
    try:
        draft = read_draft(_folder(pack_id, folder))
    except PackError as error:
        return list(error.problems)
    known, problems = _resolve(draft, draft.latest(), None)
    problems += _between(draft, _pack(draft, known), pack_id)
    problems += pay.check_plans(_folder(pack_id, folder))
    if not problems:
        problems += [*_run_cases(draft), *pay_cases.check_cases(_folder(pack_id, folder))]
    return sorted(set(problems))


def _folder(pack_id: str, folder: Path | None) -> Path:
    found = (folder or HERE / pack_id).resolve()
    if not (found / "pack.yaml").is_file():
        fix = suggestion(pack_id, packs())
        raise PackError([Problem(f"{found.name}/pack.yaml", 1, f"there is no pack `{pack_id}` here", fix)])
    return found


def _source(draft: Draft, name: str) -> Part[Source]:
    if name not in draft.sources:
        pack = draft.header.value.id
        fix = suggestion(name, draft.sources)
        raise PackError([Problem(f"{pack}/sources/{name}.yaml", 1, f"`{pack}` has no source `{name}`", fix)])
    return draft.sources[name]


def _resolve(draft: Draft, as_of: date, source: Part[Source] | None) -> tuple[dict[str, int], list[Problem]]:
    """Every named number as in force at the end of the day."""
    problems = []
    known = {}
    own: Mapping[str, tuple[Dated, ...]] = source.value.values if source else {}
    for name, value in draft.values.value.items():
        document = source.document if source and name in own else draft.values.document
        place = ("values", name) if name in own else (name, "values")
        dated = own.get(name, value.values)
        in_force = [entry.value for entry in dated if entry.from_ <= as_of]
        if not in_force:
            what = f"`{name}` has no value on {as_of}; its first is from {dated[0].from_}"
            problems.append(document.problem(place, what, "add a value from that day or earlier"))
        known[name] = in_force[-1] if in_force else dated[0].value
    return known, problems


def _between(draft: Draft, pack: Pack, pack_id: str) -> list[Problem]:
    problems = [
        *checks.header(draft, pack_id),
        *checks.values(draft),
        *checks.demo(draft),
        *check_fields(draft.fields),
    ]
    unclear = list(checks.features(draft, pack.values))
    problems += unclear or checks.classes(draft, pack)
    for part in draft.sources.values():
        problems += source_checks.source(part, draft)
    return problems


def _run_cases(draft: Draft) -> Iterator[Problem]:
    for part in draft.cases:
        name = part.value.source
        if name is not None and name not in draft.sources:
            yield part.document.problem(("source",), f"unknown source `{name}`", suggestion(name, draft.sources))
            continue
        known, problems = _resolve(draft, part.value.as_of, draft.sources[name] if name else None)
        yield from problems or cases.run(part, _pack(draft, known))


def _pack(draft: Draft, known: dict[str, int]) -> Pack:
    header = draft.header.value
    return Pack(
        id=header.id,
        version=header.version,
        label=header.label,
        terms=_terms(draft),
        features=tuple(draft.features.value),
        tiers=tuple(draft.tiers.value),
        stages=tuple(draft.stages.value),
        segments=tuple(draft.segments.value),
        playbooks=tuple(playbook for book in draft.playbooks for playbook in book.value),
        results=header.results,
        products=header.products,
        limits=header.limits,
        values=known,
    )


def _terms(draft: Draft) -> dict[str, Label]:
    """The pack's words over those of every industry, and the words for its codes and values."""
    header = draft.header.value
    coded = {"category": header.categories, "transaction": header.transactions, "event": header.events}
    words = {f"{kind}_{code}": label for kind, labels in coded.items() for code, label in labels.items()}
    extra = {f"field_{field.id}": field.label for field in draft.fields.value.extra}
    named: dict[str, Value] = draft.values.value
    return {
        **draft.shared.value,
        **words,
        **extra,
        **{f"value_{name}": value.label for name, value in named.items()},
        **draft.terms.value,
    }
