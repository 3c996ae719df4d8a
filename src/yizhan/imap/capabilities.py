"""What a server announces (RFC 9051 §7.2.2); an extension is used only if it stands here."""

import re
from collections.abc import Iterable

from yizhan.imap.quirks import HIDDEN, Quirks

_LIMIT = re.compile(r"([A-Z]+)=(\d{1,19})")
LITERAL_MINUS_BYTES = 4096  # RFC 7888 §5
_REV2 = {  # what IMAP4rev2 has built in (RFC 9051 appendix E)
    "NAMESPACE",
    "UNSELECT",
    "UIDPLUS",
    "ESEARCH",
    "SEARCHRES",
    "ENABLE",
    "IDLE",
    "SASL-IR",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "MOVE",
    "LITERAL-",
    "BINARY",
    "SPECIAL-USE",
    "STATUS=SIZE",
    "STATUS=DELETED",
}


class Capabilities(frozenset[str]):
    """The words as announced, in upper case; what IMAP4rev2 has built in is found too."""

    def __new__(cls, words: Iterable[str] = (), quirks: Quirks = frozenset()) -> "Capabilities":
        hidden = {HIDDEN[quirk] for quirk in quirks if quirk in HIDDEN}
        return super().__new__(cls, {word.upper() for word in words} - hidden)

    def has(self, word: str) -> bool:
        """Whether it may be used."""
        return word in self or ("IMAP4REV2" in self and word in _REV2)

    @property
    def mechanisms(self) -> frozenset[str]:
        """The SASL mechanisms offered, such as `PLAIN`."""
        return frozenset(word.removeprefix("AUTH=") for word in self if word.startswith("AUTH="))

    @property
    def append_limit(self) -> int | None:
        """Bytes that APPEND takes in any mailbox (RFC 7889); None if unsaid or different for each."""
        return self._limit("APPENDLIMIT")

    @property
    def message_limit(self) -> int | None:
        """Messages that one command may touch (RFC 9738)."""
        return self._limit("MESSAGELIMIT")

    @property
    def literal_limit(self) -> int | None:
        """Bytes of a literal that needs no `+` from the server first; 0 for none, None for any number (RFC 7888)."""
        if "LITERAL+" in self:
            return None
        return LITERAL_MINUS_BYTES if self.has("LITERAL-") else 0

    def _limit(self, name: str) -> int | None:
        for word in self:
            match = _LIMIT.fullmatch(word)
            if match is not None and match[1] == name:
                return int(match[2])
        return None
