"""What is left to ask for where a server stops at so many messages a command (MESSAGELIMIT, RFC 9738).

It begins with the highest UID and says with its OK how far down it went: the same is asked again of those below.
"""

from collections.abc import Iterable, Iterator

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.limits import MAX_CONTINUED
from yizhan.imap.numset import NumSet
from yizhan.imap.types import MessageLimit, Response, Status


def lowest_of(said: Iterable["Response | None"]) -> int:
    """The lowest UID that a server dealt with before it stopped; 0 where it did not stop."""
    found = [line.value.uid for line in said if isinstance(line, Status) and isinstance(line.value, MessageLimit)]
    return found[-1] if found else 0


def below(numbers: NumSet, lowest: int) -> NumSet:
    """Those of these UIDs that are still to be dealt with; raises `RemoteProtocolError` if nothing was."""
    rest = numbers & NumSet([(1, lowest - 1)]) if lowest > 1 else NumSet()
    if rest and rest == numbers:
        raise RemoteProtocolError("the server stopped before the first message")
    return rest


def turns() -> Iterator[int]:
    """As often as a command may be continued; then raises `RemoteProtocolError`."""
    yield from range(MAX_CONTINUED)
    raise RemoteProtocolError(f"one command needs more than {MAX_CONTINUED} answers")
