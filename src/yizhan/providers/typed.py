"""What people paste, put right: addresses and secrets come out of chats, tables and input methods."""

import re

from yizhan.base.errors import BadInput
from yizhan.base.secret import Secret
from yizhan.providers.entries import SecretKind, SecretRule

MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, with the brackets taken off (erratum 1690)
MAX_SECRET = 4096  # OAuth tokens reach 2 KB; nothing longer proves anything
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_ODD_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
# A Chinese or Japanese input method writes ASCII twice as wide, and its full stops for dots.
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3002: ".", 0xFF61: "."}
_NOT_IN_DOMAIN = re.compile(r"[\x00-\x2c/:;<=>?@\[\\\]^`{|}~\x7f]")


class AddressWrong(BadInput):
    """This is not an e-mail address."""

    code = "address_syntax"


class SecretWrong(BadInput):
    """The secret is missing or cannot be one."""

    code = "secret_wrong"


def read_address(typed: str) -> str:
    """`local@domain`, the domain in lower case, full-width and invisible characters put right."""
    text = _ODD_SPACES.sub("", plain(typed)).strip().strip("<>")
    local, at, domain = text.rpartition("@")
    if not (at and local and domain):
        raise AddressWrong(f"{text[:80]!r} is not an e-mail address: it needs a name, @ and a domain")
    if len(text) > MAX_ADDRESS or "@" in local or any(char.isspace() for char in text) or not _is_domain(domain):
        raise AddressWrong(f"{text[:80]!r} is not an e-mail address")
    return f"{local}@{domain.lower()}"


def read_secret(secret: Secret[str], rule: SecretRule | None = None) -> Secret[str]:
    """The secret without the invisible characters that copying adds; `rule` says what else is not part of it."""
    value = _INVISIBLE.sub("", secret.reveal()).strip()
    if rule is not None and rule.kind is SecretKind.APP_PASSWORD:
        value = _without(plain(value), rule.trim)
    if not value:
        raise SecretWrong("the secret is empty")
    if len(value) > MAX_SECRET or any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):
        raise SecretWrong("the secret holds line breaks or control characters, or is longer than any secret")
    return Secret(value)


def plain(text: str) -> str:
    """Without invisible characters, and full-width ones made plain."""
    return _INVISIBLE.sub("", text).translate(_WIDE)


def _without(value: str, trim: str) -> str:
    spaces = " " in trim
    return "".join(char for char in value if char not in trim and not (spaces and char.isspace()))


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    hyphens = any(label.startswith("-") or label.endswith("-") for label in labels)
    return all(labels) and not hyphens and _NOT_IN_DOMAIN.search(domain) is None
