"""Sets of message numbers and UIDs, as ranges and never expanded unasked (RFC 9051 §9, sequence-set)."""

import re
from collections.abc import Iterable, Iterator

from yizhan.imap.errors import LocalProtocolError, RemoteProtocolError
from yizhan.imap.limits import MAX_EXPANDED, MAX_NUMBER, MAX_RANGES

STAR = MAX_NUMBER + 1  # `*`, the largest number in use, whatever it is
_RANGE = re.compile(rb"(\d{1,10}|\*)(?::(\d{1,10}|\*))?")


class NumSet:
    """Numbers from 1 to 4294967295 in ranges, ascending and joined; `*` is past all of them.

    The order on the wire is not kept; where it means something (COPYUID), `parse_ordered` keeps it.
    """

    __slots__ = ("ranges",)

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self.ranges = _joined(ranges)

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "NumSet":
        """The set of these numbers; raises `LocalProtocolError` if one is no message number."""
        found = cls((number, number) for number in numbers)
        if found.ranges and not (found.ranges[0][0] >= 1 and found.ranges[-1][1] <= MAX_NUMBER):
            raise LocalProtocolError("a number in the set is not from 1 to 4294967295")
        return found

    @classmethod
    def from_(cls, first: int) -> "NumSet":
        """`first:*`.  Never empty: if all numbers are smaller, it is the largest one (RFC 9051 §9, seq-range)."""
        return cls([(first, STAR)])

    @classmethod
    def parse(cls, wire: bytes) -> "NumSet":
        """From the wire; raises `RemoteProtocolError`."""
        return cls(parse_ordered(wire))

    @property
    def is_open(self) -> bool:
        """Whether `*` is in it, so that only the server can say which numbers these are."""
        return bool(self.ranges) and self.ranges[-1][1] == STAR

    def numbers(self) -> list[int]:
        """All of them, ascending; raises `RemoteProtocolError` if there are too many to hold, or `*` is among them."""
        return expand(self.ranges)

    def split(self, count: int, size: int = 4096) -> Iterator["NumSet"]:
        """Pieces of at most `count` numbers and about `size` bytes on the wire (MESSAGELIMIT, RFC 9738; long lines)."""
        piece: list[tuple[int, int]] = []
        room, written = count, 0
        for low, high in self.ranges:
            while low <= high:
                if room <= 0 or written >= size:
                    yield NumSet(piece)
                    piece, room, written = [], count, 0
                end = high if high == STAR else min(high, low + room - 1)
                piece.append((low, end))
                written += len(_range(low, end)) + 1
                room -= end - low + 1
                low = end + 1
        if piece:
            yield NumSet(piece)

    def __or__(self, other: "NumSet") -> "NumSet":
        return NumSet((*self.ranges, *other.ranges))

    def __and__(self, other: "NumSet") -> "NumSet":
        found: list[tuple[int, int]] = []
        mine, theirs = 0, 0
        while mine < len(self.ranges) and theirs < len(other.ranges):
            low = max(self.ranges[mine][0], other.ranges[theirs][0])
            high = min(self.ranges[mine][1], other.ranges[theirs][1])
            if low <= high:
                found.append((low, high))
            if self.ranges[mine][1] < other.ranges[theirs][1]:
                mine += 1
            else:
                theirs += 1
        return NumSet(found)

    def __sub__(self, other: "NumSet") -> "NumSet":
        gaps, last = [], 0
        for low, high in other.ranges:
            gaps.append((last + 1, low - 1))
            last = high
        gaps.append((last + 1, STAR))
        return self & NumSet(gap for gap in gaps if gap[0] <= gap[1])

    def largest(self, count: int) -> "NumSet":
        """The `count` largest numbers of it."""
        found: list[tuple[int, int]] = []
        for low, high in reversed(self.ranges):
            if count <= 0:
                break
            found.append((max(low, high - count + 1), high))
            count -= high - found[-1][0] + 1
        return NumSet(found)

    def __bytes__(self) -> bytes:
        return b",".join(_range(low, high) for low, high in self.ranges)

    def __str__(self) -> str:
        return bytes(self).decode("ascii")

    def __repr__(self) -> str:
        return f"NumSet({str(self)!r})"

    def __contains__(self, number: int) -> bool:
        low, high = 0, len(self.ranges)
        while low < high:
            middle = (low + high) // 2
            if self.ranges[middle][1] < number:
                low = middle + 1
            else:
                high = middle
        return low < len(self.ranges) and self.ranges[low][0] <= number

    def __len__(self) -> int:
        """How many; an open end counts as one."""
        return sum((1 if high == STAR else high - low + 1) for low, high in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NumSet) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(self.ranges)


def parse_ordered(wire: bytes) -> list[tuple[int, int]]:
    """The ranges as they stand on the wire, each from low to high; raises `RemoteProtocolError`."""
    pieces = wire.split(b",", MAX_RANGES)
    if len(pieces) > MAX_RANGES:
        raise RemoteProtocolError(f"a set has more than {MAX_RANGES} ranges")
    found: list[tuple[int, int]] = []
    for piece in pieces:
        match = _RANGE.fullmatch(piece)
        if match is None:
            raise RemoteProtocolError("a set of numbers is not one")
        low = _number(match[1])
        high = low if match[2] is None else _number(match[2])
        found.append((min(low, high), max(low, high)))  # `4:2` is `2:4` (RFC 9051 §9)
    return found


def expand(ranges: Iterable[tuple[int, int]]) -> list[int]:
    """The numbers in the order of the ranges; raises `RemoteProtocolError` for too many or `*`."""
    numbers: list[int] = []
    for low, high in ranges:
        if high == STAR or len(numbers) + high - low >= MAX_EXPANDED:
            raise RemoteProtocolError(f"a set has more than {MAX_EXPANDED} numbers or no end")
        numbers.extend(range(low, high + 1))
    return numbers


def _number(text: bytes) -> int:
    if text == b"*":
        return STAR
    number = int(text)
    if not 1 <= number <= MAX_NUMBER:
        raise RemoteProtocolError("a number in a set is not from 1 to 4294967295")
    return number


def _range(low: int, high: int) -> bytes:
    first = b"*" if low == STAR else b"%d" % low
    if low == high:
        return first
    return first + (b":*" if high == STAR else b":%d" % high)


def _joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1 and not (low == STAR and joined[-1][1] == MAX_NUMBER):
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)
