"""Chinese is the source; English is complete (X4)."""

import re

import pytest
from babel.messages.pofile import read_po

from tests.web.catalogue import CATALOGUE, sentences

NAMED = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as source:
        return {message.id: message.string for message in read_po(source, locale="en") if message.id}


@pytest.mark.req("X4")
def test_every_sentence_has_its_english(english):
    assert {words: place for words, place in sentences().items() if not english.get(words)} == {}


def test_no_english_is_kept_for_a_sentence_that_is_gone(english):
    assert sorted(set(english) - set(sentences())) == []


def test_english_names_no_value_that_the_sentence_does_not_give(english):
    wrong = {
        said: words for words, said in english.items() if set(NAMED.findall(said)) - set(NAMED.findall(words))
    }
    assert wrong == {}


def test_english_has_no_chinese_left(english):
    assert [said for said in english.values() if re.search(r"[\u4e00-\u9fff]", said)] == []
