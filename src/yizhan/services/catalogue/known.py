"""The providers that this home knows: ours, and those whose files lie in it."""

from typing import Any

from yizhan.providers.catalogue import Catalogue, load_catalogue
from yizhan.providers.entries import Provider, Quirk, SecretKind
from yizhan.providers.match import find_by_domain
from yizhan.providers.words import SecretNoun
from yizhan.store.home import home

OWN_FILES = "providers"  # the folder in YIZHAN_HOME


def catalogue() -> Catalogue:
    """Our providers, and those whose files lie in the home."""
    return load_catalogue(home() / OWN_FILES)


def list_providers(language: str) -> list[dict[str, Any]]:
    """Every provider: id, name, category, domains and what its secret is called."""
    found = sorted(catalogue().providers.values(), key=lambda each: (each.number or 1000, each.id))
    return [
        {
            "id": each.id,
            "name": each.names[language],
            "category": each.category.value,
            "domains": list(each.domains),
            "noun": each.secret.noun[language],
            "oauth_only": Quirk.OAUTH_ONLY in each.quirks,
        }
        for each in found
    ]


def catalogue_problems() -> list[str]:
    """What is wrong with provider files, each with file and line."""
    return list(catalogue().problems)


def provider_by_id(provider_id: str) -> Provider | None:
    """The provider an account was bound with; None if its file is gone or there was none."""
    return catalogue().providers.get(provider_id)


def secret_kind_at(provider_id: str) -> str:
    """The kind of credential that this provider takes; a password where the provider is not known."""
    provider = provider_by_id(provider_id) if provider_id else None
    return (provider.secret.kind if provider else SecretKind.PASSWORD).value


def provider_of_address(address: str) -> Provider | None:
    """By the domain of an address that was read."""
    return find_by_domain(catalogue(), domain_of(address))


def domain_of(address: str) -> str:
    """What stands after the @."""
    return address.rpartition("@")[2]


def noun_at(provider_id: str, language: str) -> SecretNoun | None:
    """How a diagnosis calls the provider and its secret; None where the provider is not known."""
    return _noun(provider_by_id(provider_id), language) if provider_id else None


def noun_for(address: str, language: str) -> SecretNoun | None:
    """The same by the address of an account that is not bound yet."""
    return _noun(provider_of_address(address), language)


def _noun(provider: Provider | None, language: str) -> SecretNoun | None:
    if provider is None:
        return None
    return SecretNoun(provider.names[language], provider.secret.noun[language], f"/guides/{provider.id}")
