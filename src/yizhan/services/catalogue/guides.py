"""The guides: for each provider the servers, making the secret, binding, questions and advice, related guides."""

from typing import Any

from yizhan.base.errors import NotFound
from yizhan.providers.entries import Provider, Quirk
from yizhan.providers.guides import (
    advice_of,
    domains_of,
    facts_of,
    needs_of,
    questions_of,
    secret_shape,
    servers_of,
    steps_of,
    warning_of,
)
from yizhan.services.catalogue.demo import security_url
from yizhan.services.catalogue.known import catalogue


def list_guides(language: str) -> list[dict[str, Any]]:
    """One short entry a provider, those with a number of their own first, in its order."""
    return [_short(each, language) for each in sorted(catalogue().providers.values(), key=_place)]


def show_guide(id_or_number: str, language: str) -> dict[str, Any]:
    """The whole guide; `id` is the lasting one, so that a page asked for by number can send there.

    Raises `NotFound`.
    """
    known = catalogue()
    provider = known.find(id_or_number)
    if provider is None:
        raise NotFound(f"there is no guide {id_or_number[:40]!r}")
    related = [known.providers[each] for each in provider.related if each in known.providers]
    return {
        **_short(provider, language),
        "site": provider.site or None,
        "security_url": security_url(provider),
        "warning": warning_of(provider, language),
        "secret": secret_shape(provider, language),
        "servers": servers_of(provider),
        "prerequisites": needs_of(provider, language),
        "steps": steps_of(provider, language),
        "facts": facts_of(provider, language),
        "questions": questions_of(provider, language),
        "advice": advice_of(provider, language),
        "related": [_short(each, language) for each in related],
        "sources": sorted({source for vouched in provider.vouched.values() for source in vouched.sources}),
    }


def _short(provider: Provider, language: str) -> dict[str, Any]:
    return {
        "id": provider.id,
        "number": provider.number,
        "url": f"/guides/{provider.id}",
        "name": provider.names[language],
        "category": provider.category.value,
        "domains": domains_of(provider),
        "noun": provider.secret.noun[language],
        "checked_on": provider.checked_on(),
        "oauth_only": Quirk.OAUTH_ONLY in provider.quirks,
    }


def _place(provider: Provider) -> tuple[int, str]:
    return provider.number or 1000, provider.id
