"""Named deviations of servers: switches that are off unless somebody asks."""

from collections.abc import Iterable
from enum import StrEnum

from yizhan.imap.errors import LocalProtocolError


class Quirk(StrEnum):
    """Each is about one kind of server and is tried in `tests/imap/test_quirks.py`."""

    NO_SASL_IR = "no_sasl_ir"  # NetEase: announces or takes none, whatever it says
    NO_QRESYNC = "no_qresync"  # iCloud: announces it, and its VANISHED is malformed
    NO_IDLE = "no_idle"  # announced, and answered with BAD
    NO_COMPRESS = "no_compress"  # announced, and the connection is reset
    NO_BINARY = "no_binary"  # Yandex: announced for parts that it then cannot give
    APPEND_ENDS_WITH_CRLF = "append_ends_with_crlf"  # Yahoo: "Additional arguments found after last expected argument"
    COPYUID_PERMUTED = "copyuid_permuted"  # Yahoo: the pairs of more than one message are in disorder
    STAR_IN_VANISHED = "star_in_vanished"  # Cyrus: clips a long VANISHED to `1:*`
    MISSING_TEXT = "missing_text"  # `A1 OK` and nothing after it, not even a blank


Quirks = frozenset[Quirk]
NONE: Quirks = frozenset()

HIDDEN = {
    Quirk.NO_SASL_IR: "SASL-IR",
    Quirk.NO_QRESYNC: "QRESYNC",
    Quirk.NO_IDLE: "IDLE",
    Quirk.NO_COMPRESS: "COMPRESS=DEFLATE",
    Quirk.NO_BINARY: "BINARY",
}


def parse_quirks(names: Iterable[str]) -> Quirks:
    """From the names in a provider's file; raises `LocalProtocolError` for one that does not exist."""
    try:
        return frozenset(Quirk(name) for name in names)
    except ValueError as error:
        raise LocalProtocolError(str(error)) from None
