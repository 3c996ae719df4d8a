"""What each cause is called, what it means and what helps, in the words of the language and of the provider."""

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from yizhan.providers.causes import Cause
from yizhan.providers.spacing import space_chinese

LANGUAGES = ("zh-hans", "en", "ru")


@dataclass(frozen=True, slots=True)
class SecretNoun:
    """How a provider is called and what it calls the secret, in one language; empty where it has no word of its own.

    `noun` stands without an article (`app password`, `授权码`); in Russian its accusative equals the nominative.
    `guide` is the address of the page that shows how to make one.
    """

    provider: str = ""
    noun: str = ""
    guide: str = ""


@dataclass(frozen=True, slots=True)
class CauseWords:
    """A cause for a person: `title` in a few words, `explanation` in one or two sentences, `steps` in their order."""

    title: str
    explanation: str
    steps: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """The steps as one text, numbered if there are several."""
        if len(self.steps) == 1:
            return self.steps[0]
        return "\n".join(f"{number}. {step}" for number, step in enumerate(self.steps, 1))


@lru_cache(maxsize=1024)  # a page of accounts asks for the same few again and again
def words_of(cause: Cause, language: str, noun: SecretNoun | None = None) -> CauseWords:
    """The cause in `language`, with the provider's own noun for the secret where it is known."""
    table = _table(language)
    own = noun or SecretNoun()
    names = {
        "secret": own.noun or table["default"]["secret"],
        "provider": own.provider or table["default"]["provider"],
    }
    entry = table[cause.value]
    return CauseWords(
        _fill(entry["title"], names),
        _fill(entry["explanation"], names),
        tuple(_fill(step, names) for step in entry["steps"]),
    )


def title(cause: Cause, language: str, noun: SecretNoun | None = None) -> str:
    """The cause in a few words."""
    return words_of(cause, language, noun).title


def remedy(cause: Cause, language: str, noun: SecretNoun | None = None) -> str:
    """What to do, step by step, or that nothing is to be done."""
    return words_of(cause, language, noun).remedy


def _fill(text: str, names: dict[str, str]) -> str:
    filled = space_chinese(text.format_map(names))
    return filled[:1].upper() + filled[1:] if text.startswith("{provider}") else filled


@cache
def _table(language: str) -> dict[str, Any]:
    text = files("yizhan.providers").joinpath(f"data/causes.{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
