"""SASL mechanisms: what the client says first, and what it answers (RFC 4422)."""

import base64
import binascii
import hashlib
import hmac
import re
import stringprep
import unicodedata
from typing import Protocol

from yizhan.base.secret import Secret
from yizhan.imap.errors import LocalProtocolError, RemoteProtocolError
from yizhan.imap.limits import MAX_CHALLENGE, MAX_SCRAM_ITERATIONS, MIN_SCRAM_ITERATIONS


class Mechanism(Protocol):
    """One sign-in; made for it and used once."""

    name: str
    challenge: bytes  # what the server said before it refused a token, else empty

    def first(self) -> bytes | None:
        """The initial response; None if the server speaks first."""

    def respond(self, challenge: bytes) -> bytes:
        """The answer; raises `RemoteProtocolError`."""

    def finish(self) -> None:
        """Called at the server's OK; raises `RemoteProtocolError` if the server has not proved itself where it must."""


def encode(data: bytes) -> bytes:
    return base64.b64encode(data)


def decode(wire: bytes) -> bytes:
    """A challenge's bytes (base64, RFC 4648 §4); raises `RemoteProtocolError`."""
    if len(wire) > MAX_CHALLENGE:
        raise RemoteProtocolError(f"a challenge is longer than {MAX_CHALLENGE} bytes")
    try:
        return base64.b64decode(wire, validate=True)
    except binascii.Error:
        raise RemoteProtocolError("a challenge is no base64") from None


def _checked(text: str) -> bytes:
    if "\0" in text:
        raise LocalProtocolError("a credential holds NUL")
    return text.encode("utf-8")


class Plain:
    """PLAIN (RFC 4616)."""

    name = "PLAIN"
    challenge = b""

    def __init__(self, user: str, secret: Secret[str]) -> None:
        self._message = Secret(b"\0%b\0%b" % (_checked(user), _checked(secret.reveal())))

    def first(self) -> bytes | None:
        return self._message.reveal()

    def respond(self, challenge: bytes) -> bytes:
        raise RemoteProtocolError("the server asks again after PLAIN")

    def finish(self) -> None:
        return


class Login:
    """LOGIN, the mechanism: older than the standard, asked for name and secret in turn."""

    name = "LOGIN"
    challenge = b""

    def __init__(self, user: str, secret: Secret[str]) -> None:
        self._answers = [Secret(_checked(user)), Secret(_checked(secret.reveal()))]

    def first(self) -> bytes | None:
        return None

    def respond(self, challenge: bytes) -> bytes:
        if not self._answers:
            raise RemoteProtocolError("the server asks for more than name and secret")
        return self._answers.pop(0).reveal()

    def finish(self) -> None:
        return


class XOAuth2:
    """XOAUTH2, Google's and Microsoft's; an error is a challenge, and an empty line fetches the refusal."""

    name = "XOAUTH2"
    _end = b""

    def __init__(self, user: str, token: Secret[str]) -> None:
        self.challenge = b""
        self._message = Secret(self._make(_checked(user), _checked(token.reveal())))

    def _make(self, user: bytes, token: bytes) -> bytes:
        if b"\x01" in user + token:
            raise LocalProtocolError("a credential holds ^A")
        return b"user=%b\x01auth=Bearer %b\x01\x01" % (user, token)

    def first(self) -> bytes | None:
        return self._message.reveal()

    def respond(self, challenge: bytes) -> bytes:
        if self.challenge:
            raise RemoteProtocolError("the server asks again after its error")
        self.challenge = challenge or b"{}"
        return self._end

    def finish(self) -> None:
        return


class OAuthBearer(XOAuth2):
    """OAUTHBEARER (RFC 7628); an error is answered with ^A (§3.2.3)."""

    name = "OAUTHBEARER"
    _end = b"\x01"

    def _make(self, user: bytes, token: bytes) -> bytes:
        if b"\x01" in user + token:
            raise LocalProtocolError("a credential holds ^A")
        name = user.replace(b"=", b"=3D").replace(b",", b"=2C")  # RFC 5801 §4, gs2-authzid
        return b"n,a=%b,\x01auth=Bearer %b\x01\x01" % (name, token)


class ScramSha256:
    """SCRAM-SHA-256 (RFC 5802, RFC 7677): the secret never leaves, and the server proves that it knows it too.

    `nonce` is fresh, printable and without a comma; the caller makes it, for this floor knows no chance.
    """

    name = "SCRAM-SHA-256"
    challenge = b""
    _FIRST = re.compile(rb"r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=([1-9]\d{0,9})(?:,.*)?")
    _HEADER = b"n,,"  # no channel binding

    def __init__(self, user: str, secret: Secret[str], nonce: str) -> None:
        name = saslprep(user).replace("=", "=3D").replace(",", "=2C").encode("utf-8")
        self._secret = Secret(saslprep(secret.reveal()).encode("utf-8"))
        self._nonce = nonce.encode("ascii")
        self._bare = b"n=%b,r=%b" % (name, self._nonce)
        self._expected: bytes | None = None  # the server's signature
        self._proved = False

    def first(self) -> bytes | None:
        return self._HEADER + self._bare

    def respond(self, challenge: bytes) -> bytes:
        if self._expected is None:
            return self._prove(challenge)
        if self._proved:
            raise RemoteProtocolError("the server asks again after its signature")
        signature = b"v=" + encode(self._expected)
        if not hmac.compare_digest(challenge.split(b",")[0], signature):
            raise RemoteProtocolError("the server does not know the secret; someone may be in between")
        self._proved = True
        return b""

    def _prove(self, challenge: bytes) -> bytes:
        match = self._FIRST.fullmatch(challenge)
        if match is None or not match[1].startswith(self._nonce) or len(match[1]) == len(self._nonce):
            raise RemoteProtocolError("the server's first SCRAM message is not as it should be")
        nonce, salt, iterations = match[1], decode(match[2]), int(match[3])
        if not MIN_SCRAM_ITERATIONS <= iterations <= MAX_SCRAM_ITERATIONS:
            raise RemoteProtocolError(f"the server asks for {iterations} rounds of SCRAM")
        final = b"c=%b,r=%b" % (encode(self._HEADER), nonce)
        signed = b",".join([self._bare, challenge, final])
        salted = hashlib.pbkdf2_hmac("sha256", self._secret.reveal(), salt, iterations)
        key = _mac(salted, b"Client Key")
        signature = _mac(hashlib.sha256(key).digest(), signed)
        self._expected = _mac(_mac(salted, b"Server Key"), signed)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        return b"%b,p=%b" % (final, encode(proof))

    def finish(self) -> None:
        if not self._proved:
            raise RemoteProtocolError("the server let us in without its SCRAM signature")


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str) -> str:
    """`text` as SASLprep has it (RFC 4013); raises `LocalProtocolError` for characters that it forbids."""
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
    prepared = unicodedata.normalize("NFKC", mapped)
    if any(forbidden(c) for c in prepared for forbidden in _PROHIBITED):
        raise LocalProtocolError("a credential holds a character that SASLprep forbids")
    right_to_left = [stringprep.in_table_d1(c) for c in prepared]
    if any(right_to_left) and not (
        right_to_left[0] and right_to_left[-1] and not any(stringprep.in_table_d2(c) for c in prepared)
    ):
        raise LocalProtocolError("a credential mixes directions of writing as SASLprep forbids")
    return prepared
