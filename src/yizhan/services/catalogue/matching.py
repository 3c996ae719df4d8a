"""What an address wants: its provider, servers, login, secret and guide, in one shape for form and page."""

from typing import Any

from yizhan.base.secret import Secret
from yizhan.net.endpoints import Endpoint
from yizhan.providers.autodiscover.guessing import guess
from yizhan.providers.entries import Category, LoginForm, Provider, Quirk
from yizhan.providers.guides import needs_of, secret_shape, steps_of
from yizhan.providers.match import ascii_domain
from yizhan.providers.probe import ProbeTarget
from yizhan.providers.typed import read_address
from yizhan.services.catalogue.demo import security_url
from yizhan.services.catalogue.known import (
    catalogue,
    catalogue_problems,
    domain_of,
    list_providers,
    provider_by_id,
    provider_of_address,
)

__all__ = [
    "catalogue",
    "catalogue_problems",
    "list_providers",
    "make_target",
    "match_address",
    "provider_by_id",
    "provider_of_address",
    "provider_of_server",
    "provider_shape",
    "usual_servers",
]


def match_address(address: str, language: str) -> dict[str, Any] | None:
    """What the catalogue knows of the address, by its domain and without the network; None if nothing.

    Raises `AddressWrong`.
    """
    read = read_address(address)
    provider = provider_of_address(read)
    return provider_shape(provider, read, "catalogue", language) if provider else None


def provider_of_server(address: str, imap: Endpoint) -> Provider | None:
    """Whose server this is: the address's own provider if it names it, else one that takes companies' domains."""
    own, domain = provider_of_address(address), ascii_domain(domain_of(address))
    if own is not None and own.runs(imap, domain):
        return own
    running = [each for each in catalogue().providers.values() if each.runs(imap, domain)]
    return min(running, key=lambda each: each.category is not Category.BUSINESS, default=None)


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


def provider_shape(provider: Provider, address: str, source: str, language: str) -> dict[str, Any]:
    """A provider for one address, as form and page want it."""
    imap, smtp = provider.endpoints(ascii_domain(domain_of(address)))
    return {
        "provider": provider.id,
        "name": provider.names[language],
        "source": source,
        "checked_on": provider.checked_on().isoformat(),
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
