"""YAML files with their line numbers, and pydantic's errors turned into places in them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from yuandian.packs.problems import PackError, Problem, suggestion

T = TypeVar("T")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """One file of a pack. `tree` keeps the lines."""

    file: str
    tree: Any

    def line(self, *place: str | int) -> int:
        """The line of a key or item, or of the nearest one around it that exists."""
        node, line = self.tree, 1
        for part in place:
            if isinstance(node, CommentedMap) and part in node:
                line = node.lc.key(part)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line = node.lc.item(part)[0] + 1
            else:
                break
            node = node[part]
        return line

    def problem(self, place: Place, what: str, fix: str) -> Problem:
        return Problem(self.file, self.line(*place), what, fix)


def read(path: Path, root: Path) -> Document:
    """The document at `path`, named by its place below `root`. Raises PackError on broken YAML."""
    file = path.relative_to(root).as_posix()
    if not path.is_file():
        raise PackError(
            [Problem(file, 1, "the file is missing", "add it; docs/reference/packs.md shows its form")]
        )
    try:
        return Document(file, _parse(path.read_text(encoding="utf-8")))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = (error.problem or "this is not YAML").splitlines()[0]
        raise PackError([Problem(file, line, what, "correct the YAML at this line")]) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise PackError([Problem(file, 1, f"unreadable: {error}", "save it as YAML in UTF-8")]) from error


@lru_cache(maxsize=256)
def _parse(text: str) -> Any:
    """The tree with its lines. Nobody changes it, so equal texts share one: reading it is the slow part."""
    return YAML(typ="rt").load(text)


def fill(document: Document, form: type[T]) -> T:
    """The document's values in the given form (a model, or a list or mapping of models).

    Validated through JSON, where the models' strictness knows lists and dates. Raises PackError with every
    problem of the file.
    """
    try:
        return TypeAdapter(form).validate_json(json.dumps(document.tree, default=str))
    except ValidationError as error:
        raise PackError(_problem(document, form, one) for one in error.errors()) from error


def _problem(document: Document, form: Any, error: Mapping[str, Any]) -> Problem:
    place = _place(document, error["loc"])
    name = ".".join(map(str, place))
    last = str(place[-1]) if place else ""
    match error["type"]:
        case "extra_forbidden" if error["input"] is None and " " in last:
            return document.problem(
                place, f"`{last}` stands alone", "put the text in quotes: its comma ends it here"
            )
        case "extra_forbidden":
            fix = suggestion(last, _keys(form, place[:-1]))
            return document.problem(place, f"unknown key `{last}`", fix)
        case "missing" if last in ("zh", "en"):
            language = {"zh": "Chinese", "en": "English"}[last]
            return document.problem(place, f"`{name}`: the {language} label is missing", f"add `{last}: …`")
        case "missing":
            return document.problem(place, f"`{name}` is missing", f"add `{last}: …`")
        case "string_too_short":
            return document.problem(place, f"`{name}` is empty", "write it out, or delete the line")
    what = f"`{name}`: {error['msg'][:1].lower()}{error['msg'][1:]}, not {error['input']!r:.60}"
    return document.problem(place, what, "correct the value")


def _place(document: Document, loc: Place) -> Place:
    """Where the error is, in the document's own keys: the name of a chosen form (`kind: base`) is none of them."""
    node, place = document.tree, []
    for part in loc:
        is_key = part == "[key]"
        is_form = isinstance(node, CommentedMap) and part not in node and part in node.values()
        if is_key or is_form:
            continue
        place.append(part)
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
    return tuple(place)


def _keys(form: Any, place: Place) -> Iterator[str]:
    """The keys that the form knows at a place."""
    for model in _models(form):
        if not place:
            yield from (field.alias or name for name, field in model.model_fields.items())
            continue
        rest = place[1:] if isinstance(place[0], str) else place
        for name, field in model.model_fields.items():
            if (field.alias or name) == place[0]:
                yield from _keys(field.annotation, rest)
    if not list(_models(form)) and place:
        for inner in get_args(form):
            yield from _keys(inner, place[1:])


def _models(form: Any) -> Iterator[type[BaseModel]]:
    """The models that a type may stand for at this level."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        yield form
    elif get_origin(form) in (Annotated, Union, UnionType):
        for inner in get_args(form):
            yield from _models(inner)
