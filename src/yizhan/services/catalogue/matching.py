"""What an address wants: its provider, servers, login, secret and guide, in one shape for form and page."""

from typing import Any

from yizhan.base.secret import Secret
from yizhan.net.endpoints import Endpoint
from yizhan.providers.autodiscover.guessing import guess
from yizhan.providers.catalogue import Catalogue, load_catalogue
from yizhan.providers.entries import Category, LoginForm, Provider, Quirk
from yizhan.providers.guides import needs_of, secret_shape, steps_of
from yizhan.providers.match import ascii_domain, find_by_domain
from yizhan.providers.probe import ProbeTarget
from yizhan.providers.typed import read_address
from yizhan.services.catalogue.demo import security_url
from yizhan.store.home import home

OWN_FILES = "providers"  # the folder in YIZHAN_HOME


def catalogue() -> Catalogue:
    """Our providers, and those whose files lie in the home."""
    return load_catalogue(home() / OWN_FILES)


def match_address(address: str, language: str) -> dict[str, Any] | None:
    """What the catalogue knows of the address, by its domain and without the network; None if nothing.

    Raises `AddressWrong`.
    """
    read = read_address(address)
    provider = provider_of_address(read)
    return provider_shape(provider, read, "catalogue", language) if provider else None


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


def provider_of_address(address: str) -> Provider | None:
    """By the domain of an address that was read."""
    return find_by_domain(catalogue(), domain_of(address))


def provider_of_server(address: str, imap: Endpoint) -> Provider | None:
    """Whose server this is: the address's own provider if it names it, else one that takes companies' domains."""
    own, domain = provider_of_address(address), ascii_domain(domain_of(address))
    if own is not None and own.runs(imap, domain):
        return own
    running = [each for each in catalogue().providers.values() if each.runs(imap, domain)]
    return min(running, key=lambda each: each.category is not Category.BUSINESS, default=None)


def provider_by_id(provider_id: str) -> Provider | None:
    """The provider an account was bound with; None if its file is gone or there was none."""
    return catalogue().providers.get(provider_id)


def usual_servers(address: str) -> tuple[Endpoint, Endpoint]:
    """IMAP and SMTP of the address's provider; without one, by custom."""
    provider, domain = provider_of_address(address), ascii_domain(domain_of(address))
    return provider.endpoints(domain) if provider else guess(domain)


def make_target(
    provider: Provider | None,
    address: str,
    login: str,
    secret: Secret[str],
    imap: Endpoint,
    smtp: Endpoint,
    ca_pem: str,
) -> ProbeTarget:
    """The path to an account with the provider's manners; an empty `login` is the provider's form of it."""
    if provider is None:
        return ProbeTarget(login or address, secret, imap, smtp, ca_pem or None)
    local = address.rpartition("@")[0]
    first = login or login_of(provider.login, address)
    either = provider.login is LoginForm.ADDRESS_OR_LOCAL_PART
    return ProbeTarget(
        first,
        secret,
        imap,
        smtp,
        ca_pem or None,
        provider=provider.id,
        quirks=provider.quirks,
        other_logins=(local,) if either and first == address else (),
        smtp_login=address if either and first == local else "",
    )


def domain_of(address: str) -> str:
    """What stands after the @."""
    return address.rpartition("@")[2]


def provider_shape(provider: Provider, address: str, source: str, language: str) -> dict[str, Any]:
    """A provider for one address, as form and page want it."""
    imap, smtp = provider.endpoints(ascii_domain(domain_of(address)))
    return {
        "provider": provider.id,
        "name": provider.names[language],
        "source": source,
        "checked_on": provider.checked_on(),
        "imap": str(imap),
        "smtp": str(smtp),
        "login": login_of(provider.login, address),
        "secret": secret_shape(provider, language),
        "guide": f"/guides/{provider.id}",
        "site": provider.site or None,
        "security_url": security_url(provider),
        "needs_confirmation": False,
        "confirm_reason": "",
        "oauth_only": Quirk.OAUTH_ONLY in provider.quirks,
        "prerequisites": needs_of(provider, language),
        "steps": steps_of(provider, language),
    }


def login_of(form: LoginForm, address: str) -> str:
    """The login to begin with."""
    return address.rpartition("@")[0] if form is LoginForm.LOCAL_PART else address
