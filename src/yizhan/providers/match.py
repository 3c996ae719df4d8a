"""Whose servers an address has: by its domain, or by where the domain's mail goes."""

from collections.abc import Iterable, Sequence

import idna

from yizhan.providers.catalogue import Catalogue
from yizhan.providers.entries import Provider


def find_by_domain(catalogue: Catalogue, domain: str) -> Provider | None:
    """The provider that names this very domain."""
    name = ascii_domain(domain)
    return next((each for each in _own_first(catalogue) if name in each.domains), None)


def find_by_mx(catalogue: Catalogue, hosts: Sequence[str]) -> Provider | None:
    """The provider whose servers take the domain's mail; `hosts` best first, and the best one decides."""
    name = hosts[0].lower().rstrip(".") if hosts else ""
    return next((each for each in _own_first(catalogue) if any(_fits(name, pattern) for pattern in each.mx)), None)


def ascii_domain(domain: str) -> str:
    """As DNS has it: lower case, IDN in its ASCII form; what is no name stays as it is and matches nothing."""
    try:
        return domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain.lower()


def unicode_domain(domain: str) -> str:
    """As people read it."""
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def _own_first(catalogue: Catalogue) -> Iterable[Provider]:
    """Files of one's own stand after ours."""
    return reversed(list(catalogue.providers.values()))


def _fits(host: str, pattern: str) -> bool:
    """`*.mail.example` is any host below it; anything else is one host."""
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
