"""What each cause is called and what helps, in three languages."""

import tomllib
from functools import cache
from importlib.resources import files

from yizhan.providers.diagnosis import Cause

LANGUAGES = ("zh-hans", "en", "ru")


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    text = files("yizhan.providers").joinpath("data/causes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def title(cause: Cause, language: str) -> str:
    """The cause in a few words."""
    return _words()[cause.value][language][0]


def remedy(cause: Cause, language: str) -> str:
    """What to do, or that nothing is to be done."""
    return _words()[cause.value][language][1]
