"""What a person types to bind an account, made into something that can be tried."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from yizhan.base.errors import BadInput
from yizhan.base.secret import Secret
from yizhan.net.endpoints import Security, parse_endpoint
from yizhan.net.policy import is_loopback
from yizhan.providers.probe import ProbeTarget
from yizhan.providers.typed import AddressWrong, SecretWrong, plain, read_address, read_secret
from yizhan.services.catalogue.matching import make_target, provider_of_server, usual_servers

__all__ = ["AddressWrong", "BindForm", "Binding", "SecretWrong", "read_address", "read_form"]

MAX_LABEL = 100
MAX_CA_PEM = 256 * 1024
RANGES = (7, 30, 90, 365, None)  # days of mail that are kept here; None: all


@dataclass(frozen=True, slots=True)
class BindForm:
    """As typed; servers are `HOST:PORT/SECURITY` or empty; `sync_days` a number of `RANGES` or `all`, and a day that is
    named goes before it."""

    address: str
    secret: Secret[str]
    login: str = ""
    imap: str = ""
    smtp: str = ""
    ca_pem: str = ""
    label: str = ""
    route: str = "auto"
    sync_days: str = "90"
    sync_since: date | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """What is tried: account, credential and route, not yet proved."""

    address: str
    target: ProbeTarget
    label: str
    route: str
    sync_days: int | None
    sync_since: date | None

    def kept_fields(self, login_taken: str) -> dict[str, Any]:
        """What the store keeps of it, but for the secret; `login_taken` is the one that IMAP took, or empty."""
        imap, smtp = self.target.imap, self.target.smtp
        return {
            "login": login_taken or self.target.login,
            "provider": self.target.provider,
            "label": self.label,
            "imap_host": imap.host,
            "imap_port": imap.port,
            "imap_security": imap.security.value,
            "smtp_host": smtp.host,
            "smtp_port": smtp.port,
            "smtp_security": smtp.security.value,
            "ca_pem": self.target.ca_pem or "",
            "route": self.route,
            "sync_days": self.sync_days,
            "sync_since": self.sync_since,
        }


def read_form(form: BindForm) -> Binding:
    """The form made whole; raises `BadInput` that names the field.

    Servers that are left empty are the provider's, or good guesses: who wants more asks `discover` before.
    """
    address = read_address(form.address)
    usual_imap, usual_smtp = usual_servers(address)
    imap = parse_endpoint(form.imap) if form.imap.strip() else usual_imap
    smtp = parse_endpoint(form.smtp) if form.smtp.strip() else usual_smtp
    for endpoint in (imap, smtp):
        if endpoint.security is Security.PLAIN and not is_loopback(endpoint.host):
            raise BadInput(f"{endpoint} would send the secret in the clear; plain is for this machine only")
    provider = provider_of_server(address, imap)
    secret = read_secret(form.secret, provider.secret if provider else None)
    target = make_target(provider, address, plain(form.login).strip(), secret, imap, smtp, read_ca_pem(form.ca_pem))
    days = read_days(form.sync_days)
    return Binding(address, target, read_label(form.label), form.route.strip() or "auto", days, form.sync_since)


def read_days(text: str) -> int | None:
    """So many days of mail; None is all of it."""
    known = {"all" if days is None else str(days): days for days in RANGES}
    if text not in known:
        raise BadInput(f"mail is kept for {', '.join(known)} days")
    return known[text]


def read_label(text: str) -> str:
    """A name for people, on one line."""
    label = " ".join(text.split())
    if len(label) > MAX_LABEL:
        raise BadInput(f"the label has {len(label)} characters; {MAX_LABEL} is the most")
    return label


def read_ca_pem(text: str) -> str:
    """The authority's certificate, or nothing."""
    if not text.strip():
        return ""
    if len(text) > MAX_CA_PEM or "-----BEGIN CERTIFICATE-----" not in text:
        raise BadInput("the CA file is not a PEM certificate (it starts with -----BEGIN CERTIFICATE-----)")
    return text
