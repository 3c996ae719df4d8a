"""The root of all errors that Yizhan raises on purpose.

Three kinds (house rule): *local*, our bug, rises as a plain Python exception; *remote*, the other side broke
the rules (`RemoteProtocolError` in `imap`); *refused*, a lawful no, which ends in a `Diagnosis`.
Each class carries a stable `code`, which documents list and scripts may rely on.
"""

from typing import ClassVar


class YizhanError(Exception):
    """Something that a person or a script can be told about.

    `detail` is one plain English sentence for logs and scripts; pages translate by `code`.  It never holds a secret.
    """

    code: ClassVar[str] = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadInput(YizhanError):
    """What was typed cannot be used; nothing was changed."""

    code = "bad_input"


class NotFound(YizhanError):
    """No such thing in this workspace."""

    code = "not_found"
