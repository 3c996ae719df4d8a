"""What can go wrong in the protocol: local (our bug), remote (they broke the rules), refused (a lawful no)."""

from yizhan.base.errors import YizhanError


class LocalProtocolError(ValueError):
    """We asked for something that cannot be sent; not a byte was written."""


class RemoteProtocolError(YizhanError):
    """The server sent what no grammar allows; the connection cannot go on."""

    code = "protocol_error"


class InjectedResponse(RemoteProtocolError):
    """Bytes came with the answer to STARTTLS that pretend to have come through TLS (RFC 9051 §11.1)."""


class CommandRefused(YizhanError):
    """The server answered NO or BAD, or said BYE: `status`, its response code and its own words.

    `challenge` holds what a sign-in by token was told before the refusal (RFC 7628 §3.2.3), else nothing.
    """

    code = "imap_refused"

    def __init__(self, command: str, status: str, response_code: str, text: bytes, challenge: bytes = b"") -> None:
        super().__init__(f"{command} was answered with {status}")
        self.command = command
        self.status = status
        self.response_code = response_code
        self.text = text
        self.challenge = challenge
