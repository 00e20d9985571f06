"""A branch's pack as in force on a day, and its words in the reader's language."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

from yuandian.engine.pack import Label, Pack
from yuandian.packs.loader import load
from yuandian.records.org import Branch
from yuandian.web.fmt import Lang


@lru_cache(maxsize=64)
def _pack(pack_id: str, source: str, day: date) -> Pack:
    return load(pack_id, as_of=day, source=source or None)


def pack_of(branch: Branch, day: date) -> Pack:
    """The branch's pack; read from its files once per process and day."""
    return _pack(branch.pack, branch.source, day)


def in_words(label: Label, lang: Lang) -> str:
    return label.zh if lang == "zh" else label.en


class Terms(Mapping[str, str]):
    """The pack's words in one language. Asked by name, a word that the pack does not have is its key."""

    def __init__(self, pack: Pack, lang: Lang) -> None:
        self._terms, self._lang = pack.terms, lang

    def __getitem__(self, key: str) -> str:
        return in_words(self._terms[key], self._lang) if key in self._terms else key

    def __contains__(self, key: object) -> bool:
        return key in self._terms

    def __iter__(self) -> Iterator[str]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)
