"""What can go wrong in the protocol: local (our bug), remote (they broke the rules), refused (a lawful no)."""

from yizhan.base.errors import YizhanError


class LocalProtocolError(ValueError):
    """We asked for something that cannot be sent; not a byte was written."""


class RemoteProtocolError(YizhanError):
    """The server sent what no grammar allows; the connection cannot go on."""

    code = "protocol_error"


class CommandRefused(YizhanError):
    """The server answered NO or BAD, or said BYE: `status`, its response code and its own words."""

    code = "imap_refused"

    def __init__(self, command: str, status: str, response_code: str, text: bytes) -> None:
        super().__init__(f"{command} was answered with {status}")
        self.command = command
        self.status = status
        self.response_code = response_code
        self.text = text
