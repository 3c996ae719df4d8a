"""Addresses that look mistyped: one slip away from a provider that everybody knows."""

from collections.abc import Iterable

from yizhan.providers.entries import Category
from yizhan.providers.match import ascii_domain
from yizhan.services.catalogue.known import catalogue, domain_of

_LONG_LABEL = 5  # letters; names as short as qq, 163 or ya have honest neighbours
_NO_TLD = frozenset(
    ["con", "cmo", "comm", "ocm", "vom", "xom", "cpm", "clm", "coom", "cim", "ccom", "copm", "comn", "c0m", "cok"]
)
_HONEST = frozenset(["ymail.com", "email.com", "email.cz", "email.ru", "email.ua", "qmail.com", "zmail.com"])


def suspect(address: str) -> str | None:
    """The address that was probably meant, empty when nothing is near; None when there is nothing to suspect."""
    return find_suspects([address]).get(address)


def find_suspects(addresses: Iterable[str]) -> dict[str, str]:
    """Those of these that `suspect` has something to say of, and what."""
    known, popular = _known()
    found: dict[str, str] = {}
    for address in addresses:
        domain = ascii_domain(domain_of(address))
        meant = None if domain.startswith("[") else _meant(domain, known, popular)
        if meant is not None:
            found[address] = f"{address.rpartition('@')[0]}@{meant}" if meant else ""
    return found


def _meant(domain: str, known: frozenset[str], popular: tuple[str, ...]) -> str | None:
    label, dot, tld = domain.partition(".")
    if domain in known or domain in _HONEST:
        return None
    for each in popular:
        name, _, end = each.partition(".")
        if label == name and (not dot or (tld in _NO_TLD and end == "com")):
            return each
        if dot and len(name) >= _LONG_LABEL and _is_one_slip(domain, each):
            return each
    return None if dot and tld not in _NO_TLD else ""


def _is_one_slip(one: str, other: str) -> bool:
    """One letter more, one less, another one, or two that changed places."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, else_ = one[at:], other[at:]
    swapped = rest[1:2] + rest[:1] + rest[2:] == else_
    return swapped or rest[1:] == else_ or rest == else_[1:] or rest[1:] == else_[1:]


def _known() -> tuple[frozenset[str], tuple[str, ...]]:
    """Every domain that is named, and those that people have addresses at, `.com` first."""
    providers = catalogue().providers.values()
    every = frozenset(domain for each in providers for domain in each.domains)
    personal = {d for each in providers if each.category is Category.PERSONAL for d in each.domains}
    return every, tuple(sorted(personal, key=lambda domain: (not domain.endswith(".com"), domain)))
