"""Every cause can be told to a person, in every language and in the provider's own words."""

import re

import pytest

from yizhan.providers.causes import Cause
from yizhan.providers.diagnosis import diagnose, observe_words
from yizhan.providers.stages import Stage
from yizhan.providers.words import LANGUAGES, SecretNoun, _table, words_of
from yizhan.services.catalogue.diagnoses import kept_form, shape_of

NOUN = {
    "zh-hans": SecretNoun("QQ 邮箱", "授权码", "/guides/qq"),
    "en": SecretNoun("QQ Mail", "authorization code", "/guides/qq"),
    "ru": SecretNoun("QQ Mail", "код авторизации", "/guides/qq"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_title_explanation_and_steps(cause: Cause, language: str) -> None:
    words = words_of(cause, language)
    texts = (words.title, words.explanation, *words.steps)
    assert all(text.strip() for text in texts)
    assert len(words.steps) >= 1
    assert not [text for text in texts if re.search(r"[{}]|!|！|  |您|oops|please|亲", text, re.IGNORECASE)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_has_words_for_something_that_is_no_cause(language: str) -> None:
    assert set(_table(language)) == {cause.value for cause in Cause} | {"default"}


@pytest.mark.parametrize("cause", list(Cause))
def test_each_language_tells_the_same_number_of_steps(cause: Cause) -> None:
    assert len({len(words_of(cause, language).steps) for language in LANGUAGES}) == 1


@pytest.mark.parametrize(
    ("language", "title"),
    [("zh-hans", "需要授权码"), ("en", "Needs authorization code"), ("ru", "Нужен код авторизации")],
)
def test_the_secret_is_called_what_the_provider_calls_it(language: str, title: str) -> None:
    words = words_of(Cause.APP_PASSWORD_REQUIRED, language, NOUN[language])
    assert words.title == title
    assert NOUN[language].provider in words.explanation
    assert any(NOUN[language].noun in step for step in words.steps)


@pytest.mark.parametrize(
    ("language", "title"),
    [("zh-hans", "需要应用专用密码"), ("en", "Needs app password"), ("ru", "Нужен пароль приложения")],
)
def test_without_a_provider_the_common_noun_stands(language: str, title: str) -> None:
    assert words_of(Cause.APP_PASSWORD_REQUIRED, language).title == title


def test_a_sentence_begins_with_a_capital_though_the_provider_has_no_name() -> None:
    assert words_of(Cause.RATE_LIMITED, "en").explanation.startswith("The provider finds")
    assert words_of(Cause.RATE_LIMITED, "ru").explanation.startswith("Сервис считает")


def test_several_steps_are_numbered_and_one_is_not() -> None:
    assert words_of(Cause.APP_PASSWORD_REQUIRED, "en").remedy.startswith("1. Open")
    assert words_of(Cause.GREYLISTED, "en").remedy == "Nothing to do: we try again"


def test_a_shape_names_candidates_docs_and_guide() -> None:
    kept = kept_form(diagnose(observe_words(Stage.LOGIN, "NO Login fail.", "imap", provider="qq")))
    shape = shape_of(kept, "zh-hans", NOUN["zh-hans"])
    assert shape is not None
    assert shape["docs"] == "docs/reference/errors.md#ambiguous_login_refused"
    assert shape["guide"] == "/guides/qq"
    assert shape["candidates"][1] == {"cause": "app_password_required", "title": "需要授权码"}


def test_a_form_that_was_kept_before_there_were_candidates_is_still_shown() -> None:
    old = {"stage": "login", "cause": "timeout", "evidence": "x", "retry": "later", "retry_after_s": None}
    shape = shape_of(old, "en")
    assert shape is not None
    assert shape["candidates"] == []
    assert shape_of(None, "en") is None
