"""What a provider is called, and what it calls its secret: for rows and fields."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yizhan.services.catalogue.matching import list_providers


@dataclass(frozen=True, slots=True)
class Named:
    """A provider in the language of the request; `noun` as it stands inside a sentence."""

    name: str
    noun: str


def providers(language: str) -> dict[str, Named]:
    """Every provider's names, by id."""
    return {each["id"]: Named(each["name"], each["noun"]) for each in list_providers(language)}


# What most people have, for the page of somebody who has nothing yet.
_FIRST = ("mailru", "yandex", "gmail", "qq", "netease", "outlook", "exmail")


@dataclass(frozen=True, slots=True)
class Tile:
    """A provider to begin with; `domain` stands in for an address."""

    name: str
    noun: str
    domain: str
    letters: str


def tiles(language: str) -> list[Tile]:
    """The providers to begin with, those of them that the catalogue has."""
    known = {each["id"]: each for each in list_providers(language)}
    found = [known[each] for each in _FIRST if each in known]
    return [Tile(each["name"], each["noun"], _domain(each), letters(each["id"], f"@{_domain(each)}")) for each in found]


def _domain(provider: dict[str, Any]) -> str:
    return str(next(iter(provider["domains"]), "example.com"))


def letters(provider: str | None, address: str) -> str:
    """Two or three letters for the square beside an address: `Ma`, `QQ`, `163`; `@` for a domain of one's own."""
    if not provider:
        return "@"
    first = address.rpartition("@")[2].split(".")[0]
    if first.isdigit():
        return first[:3]
    return first.upper() if len(first) <= 2 else first[:2].capitalize()


def with_names(accounts: Iterable[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Accounts as rows show them: with `letters`, `provider_name` and `secret_noun`."""
    known = providers(language)
    return [_with_names(account, known.get(account["provider"] or "")) for account in accounts]


def _with_names(account: dict[str, Any], named: Named | None) -> dict[str, Any]:
    return {
        **account,
        "letters": letters(account["provider"], account["address"]),
        "provider_name": named.name if named else account["address"].rpartition("@")[2],
        "secret_noun": named.noun if named else "",
    }
