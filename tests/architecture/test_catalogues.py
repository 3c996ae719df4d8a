"""Every sentence that a page can say has its words in Chinese and Russian."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.architecture.tree import REPOSITORY

SOURCE = REPOSITORY / "src" / "yizhan"
LANGUAGES = ("zh_Hans", "ru")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def said() -> set[str]:
    """The English of every sentence; of a plural, its singular."""
    found = extract_from_dir(SOURCE, METHODS, OPTIONS, KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    text = (SOURCE / "locale" / language / "LC_MESSAGES" / "django.po").read_bytes()
    return read_po(BytesIO(text), locale=language, abort_invalid=True)


def untranslated(messages: set[str], known: Catalog) -> Iterator[str]:
    """Sentences without words, with a form of the plural missing, or with words that nobody has looked at."""
    for message in sorted(messages):
        entry = known.get(message)
        if entry is None or entry.fuzzy or not _is_whole(entry, known.num_plurals):
            yield message


def _is_whole(entry: Message, plurals: int) -> bool:
    words = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
    return all(words) and (not entry.pluralizable or len(words) == plurals)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_its_words(language: str) -> None:
    assert list(untranslated(said(), catalogue(language))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_asks_for_nothing_that_its_sentence_does_not_have(language: str) -> None:
    wrong = [(entry.id, str(error)) for entry in catalogue(language) for error in entry.check(catalogue(language))]
    assert wrong == []


def test_a_missing_a_fuzzy_and_a_half_plural_are_named(tmp_path: Path) -> None:
    text = (
        'msgid ""\nmsgstr "Plural-Forms: nplurals=3; plural=0;\\n"\n\n'
        '#, fuzzy\nmsgid "unsure"\nmsgstr "?"\n\nmsgid "good"\nmsgstr "ok"\n\n'
        'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "a"\nmsgstr[1] "b"\n'
    )
    known = read_po(BytesIO(text.encode()), locale="ru")
    assert list(untranslated({"absent", "unsure", "good", "one"}, known)) == ["absent", "one", "unsure"]
