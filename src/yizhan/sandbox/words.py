"""The words of the security pages in three languages."""

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = {"zh-hans": "简体中文", "en": "English", "ru": "Русский"}


@cache
def all_words() -> dict[str, list[str]]:
    """Each word's three translations, in the order of `LANGUAGES`."""
    text = files("yizhan.sandbox").joinpath("data/words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(language: str, key: str, **facts: str) -> str:
    """The word in this language; `{name}` and the like filled in."""
    text = all_words()[key][list(LANGUAGES).index(language)]
    for name, value in facts.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def choose_language(asked: str, accepted: str) -> str:
    """What was asked for, else the first that the browser accepts and we have, else English."""
    if asked in LANGUAGES:
        return asked
    for part in accepted.lower().split(","):
        code = part.partition(";")[0].strip()
        for language in LANGUAGES:
            if code.partition("-")[0] == language.partition("-")[0]:
                return language
    return "en"
