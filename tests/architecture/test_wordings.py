"""Every error that a person can meet has words in their language."""

import pytest

from tests.architecture.test_catalogues import LANGUAGES, catalogue
from tests.architecture.test_reference import error_codes
from tests.architecture.tree import REPOSITORY
from yizhan.services.catalogue.wording import WORDS, has_words, say_code, title_of

# Each becomes a diagnosis, a page or another error before a person sees it.
NEVER_SHOWN = {
    "account_exists", "eight_bit_refused", "error", "failed", "imap_refused", "international_refused",
    "address_unusable", "body_not_here", "lease_lost", "network", "not_done", "provider_file_wrong", "refused",
    "smtp_refused", "sync_refused", "tls_failed", "uid_validity_changed",
}  # fmt: skip


def test_every_code_has_words_or_is_never_shown() -> None:
    codes = {code for code, _ in error_codes(REPOSITORY)}
    assert {code for code in codes if not has_words(code)} == NEVER_SHOWN


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_translated(language: str) -> None:
    known = catalogue(language)
    assert [code for code, words in WORDS.items() if words not in known] == []


def test_scripts_and_english_readers_keep_the_exact_sentence() -> None:
    assert title_of("already_bound", "li@example.com is already bound", "en") == "li@example.com is already bound"
    assert title_of("already_bound", "li@example.com is already bound", "zh-hans") == "这个地址已经在这里。"
    assert say_code("bad_input", "the label is too long", "ru").endswith("(the label is too long)")
    assert say_code("connection_refused", "no", "ru") != "no"
