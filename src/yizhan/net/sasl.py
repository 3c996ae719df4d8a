"""What proves an account to an SMTP server: the first answer of each mechanism (RFC 4954)."""

import base64
import json
from collections.abc import Iterable
from enum import StrEnum

from yizhan.base.secret import Secret


class Mechanism(StrEnum):
    PLAIN = "PLAIN"  # RFC 4616
    LOGIN = "LOGIN"  # never a standard, and the only one of some old servers
    OAUTHBEARER = "OAUTHBEARER"  # RFC 7628
    XOAUTH2 = "XOAUTH2"  # Google's, before that


PASSWORD_MECHANISMS = (Mechanism.PLAIN, Mechanism.LOGIN)
TOKEN_MECHANISMS = (Mechanism.OAUTHBEARER, Mechanism.XOAUTH2)


def choose_mechanism(wanted: Iterable[Mechanism], offered: str) -> Mechanism | None:
    """The first that the server names after AUTH, or None."""
    names = offered.upper().split()
    return next((mechanism for mechanism in wanted if mechanism.value in names), None)


def make_answers(mechanism: Mechanism, user: str, secret: Secret[str], host: str = "") -> list[Secret[str]]:
    """What the client says, in base64, in order; LOGIN is asked for each, the others say all at once."""
    word = secret.reveal()
    match mechanism:
        case Mechanism.PLAIN:
            said = [f"\0{user}\0{word}"]
        case Mechanism.LOGIN:
            said = [user, word]
        case Mechanism.OAUTHBEARER:
            # GS2: "," and "=" of the user's name are written otherwise (RFC 5801 §4)
            name = user.replace("=", "=3D").replace(",", "=2C")
            where = f"host={host}\1" if host else ""
            said = [f"n,a={name},\1{where}auth=Bearer {word}\1\1"]
        case Mechanism.XOAUTH2:
            said = [f"user={user}\1auth=Bearer {word}\1\1"]
    return [Secret(base64.b64encode(each.encode("utf-8")).decode("ascii")) for each in said]


def read_challenge(text: bytes) -> bytes:
    """What an OAuth server said in its challenge: the JSON that names the failure (RFC 7628 §3.2.2), or the text."""
    try:
        decoded = base64.b64decode(text.strip(), validate=True)
        json.loads(decoded)
    except ValueError:
        return text
    return decoded
