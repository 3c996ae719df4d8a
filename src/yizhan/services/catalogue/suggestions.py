"""From an address alone: who runs it, where its servers are, and what its secret is called."""

from dataclasses import dataclass

from yizhan.net.endpoints import Endpoint, Security
from yizhan.providers.catalogue import Provider, match


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Servers to try; `known` is false where they are only a good guess from the domain."""

    provider: Provider | None
    known: bool
    login: str
    imap: Endpoint
    smtp: Endpoint


def suggest(address: str) -> Suggestion:
    """What the catalogue says of this address, else the names that most domains use."""
    provider = match(address)
    domain = address.rpartition("@")[2]
    if provider is not None:
        return Suggestion(provider, True, provider.login_for(address), provider.imap, provider.smtp)
    return Suggestion(
        provider=None,
        known=False,
        login=address,
        imap=Endpoint(f"imap.{domain}", 993, Security.TLS),
        smtp=Endpoint(f"smtp.{domain}", 465, Security.TLS),
    )
