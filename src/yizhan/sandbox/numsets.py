"""Sets of message numbers and UIDs: `1:3,5,*` (RFC 9051 §9, `sequence-set`)."""

import re
from bisect import bisect_right

from yizhan.sandbox.commands import CommandWrong
from yizhan.sandbox.limits import MAX_RANGES

_RANGE = re.compile(r"(\d{1,10}|\*)(?::(\d{1,10}|\*))?")


def read_ranges(text: bytes, highest: int) -> list[tuple[int, int]]:
    """Ranges from lower to upper end, in order, none touching another; `*` is the highest.  Raises `CommandWrong`."""
    words = text.decode("ascii", "replace").split(",")
    if len(words) > MAX_RANGES:
        raise CommandWrong("too many ranges in one set")
    merged: list[tuple[int, int]] = []
    for low, high in sorted(_range(word, highest) for word in words):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _range(word: str, highest: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(word)
    if match is None:
        raise CommandWrong("this is no set of messages")
    ends = sorted(highest if end == "*" else int(end) for end in (match[1], match[2] or match[1]))
    return ends[0], ends[1]


def is_in(number: int, ranges: list[tuple[int, int]]) -> bool:
    """`ranges` as `read_ranges` gives them."""
    at = bisect_right(ranges, number, key=lambda each: each[0]) - 1
    return at >= 0 and number <= ranges[at][1]


def write_set(numbers: list[int]) -> bytes:
    """Runs as ranges, in the order given."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in runs).encode()
