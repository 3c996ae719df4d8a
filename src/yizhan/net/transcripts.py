"""A dialogue written down with its secrets struck out, for a report and for a transcript of tests."""

from collections import deque

from yizhan.base.secret import Secret
from yizhan.net.limits import ENTRIES, ENTRY_BYTES

STRUCK = b"******"  # what a session writes in the place of a secret part


class Transcript:
    """The first and the last lines of a dialogue, each cut; what lies between is counted only."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=ENTRIES)
        self._count = 0
        self._secrets: list[Secret[str]] = []

    def strike(self, secret: Secret[str]) -> None:
        """From now on this is struck out wherever it stands: some servers repeat what they were told."""
        if secret:
            self._secrets.append(secret)

    def sent(self, data: bytes) -> None:
        """A line of ours, its secret parts already replaced by `STRUCK`."""
        self._note("C: ", data)

    def received(self, data: bytes) -> None:
        """A line of the server's."""
        self._note("S: ", data)

    def text(self) -> str:
        """One line an entry, oldest first."""
        left_out = self._count - len(self._first) - len(self._last)
        between = [f"... {left_out} lines left out ..."] if left_out else []
        return "\n".join([*self._first, *between, *self._last])

    def _note(self, who: str, data: bytes) -> None:
        """Struck out before it is cut, so that no half of a secret stays at the cut."""
        text = strike(data, self._secrets).rstrip(b"\r\n").decode("utf-8", "backslashreplace")
        cut = f" ... {len(text)} in all" if len(text) > ENTRY_BYTES else ""
        self._count += 1
        kept = self._first if len(self._first) < ENTRIES else self._last
        kept.append(who + text[:ENTRY_BYTES].replace("\r", "\\r").replace("\n", "\\n") + cut)


def strike(data: bytes, secrets: list[Secret[str]]) -> bytes:
    """`data` without the secrets."""
    for secret in secrets:
        data = data.replace(secret.reveal().encode("utf-8"), STRUCK)
    return data
