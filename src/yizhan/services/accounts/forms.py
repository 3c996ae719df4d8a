"""What a person types to bind an account, made into something that can be tried."""

import re
from dataclasses import dataclass
from datetime import date

from yizhan.base.errors import BadInput
from yizhan.base.secret import Secret
from yizhan.net.endpoints import Endpoint, Security, parse_endpoint
from yizhan.net.policy import is_loopback
from yizhan.providers.probe import ProbeTarget

MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, with the brackets taken off (erratum 1690)
MAX_SECRET = 4096  # OAuth tokens reach 2 KB; nothing longer proves anything
MAX_LABEL = 100
MAX_CA_PEM = 256 * 1024
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_NOT_IN_DOMAIN = re.compile(r"[\x00-\x2c/:;<=>?@\[\\\]^`{|}~\x7f]")


class AddressWrong(BadInput):
    """This is not an e-mail address."""

    code = "address_syntax"


class SecretWrong(BadInput):
    """The secret is missing or cannot be one."""

    code = "secret_wrong"


@dataclass(frozen=True, slots=True)
class BindForm:
    """As typed; servers are `HOST:PORT/SECURITY` or empty."""

    address: str
    secret: Secret[str]
    login: str = ""
    imap: str = ""
    smtp: str = ""
    ca_pem: str = ""
    label: str = ""
    route: str = "auto"
    sync_since: date | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """What is tried: account, credential and route, not yet proved."""

    address: str
    target: ProbeTarget
    label: str
    route: str
    sync_since: date | None


def read_form(form: BindForm) -> Binding:
    """The form made whole; raises `BadInput` that names the field."""
    address = read_address(form.address)
    domain = address.rpartition("@")[2]
    imap = parse_endpoint(form.imap) if form.imap.strip() else Endpoint(f"imap.{domain}", 993, Security.TLS)
    smtp = parse_endpoint(form.smtp) if form.smtp.strip() else Endpoint(f"smtp.{domain}", 465, Security.TLS)
    for endpoint in (imap, smtp):
        if endpoint.security is Security.PLAIN and not is_loopback(endpoint.host):
            raise BadInput(f"{endpoint} would send the secret in the clear; plain is for this machine only")
    login = _INVISIBLE.sub("", form.login).strip() or address
    target = ProbeTarget(login, read_secret(form.secret), imap, smtp, read_ca_pem(form.ca_pem) or None)
    return Binding(address, target, read_label(form.label), form.route.strip() or "auto", form.sync_since)


def read_address(typed: str) -> str:
    """`local@domain`, the domain in lower case, full-width and invisible characters put right."""
    text = _INVISIBLE.sub("", typed).strip().strip("<>").translate({0xFF20: "@", 0xFF0E: ".", 0x3002: "."})
    local, at, domain = text.rpartition("@")
    if not (at and local and domain):
        raise AddressWrong(f"{text[:80]!r} is not an e-mail address: it needs a name, @ and a domain")
    if len(text) > MAX_ADDRESS or "@" in local or any(char.isspace() for char in text) or not _is_domain(domain):
        raise AddressWrong(f"{text[:80]!r} is not an e-mail address")
    return f"{local}@{domain.lower()}"


def read_secret(secret: Secret[str]) -> Secret[str]:
    """The secret without the invisible characters that copying adds; spaces inside it stay."""
    value = _INVISIBLE.sub("", secret.reveal()).strip()
    if not value:
        raise SecretWrong("the secret is empty")
    if len(value) > MAX_SECRET or any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):
        raise SecretWrong("the secret holds line breaks or control characters, or is longer than any secret")
    return Secret(value)


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


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    hyphens = any(label.startswith("-") or label.endswith("-") for label in labels)
    return all(labels) and not hyphens and _NOT_IN_DOMAIN.search(domain) is None
