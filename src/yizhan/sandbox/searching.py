"""SEARCH: the keys that clients use (RFC 9051 §6.4.4)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime

from yizhan.sandbox.commands import Atom, CommandWrong, Word
from yizhan.sandbox.mailboxes import Message
from yizhan.sandbox.numsets import is_in, read_ranges
from yizhan.sandbox.parts import cut, headers_of

_SET = re.compile(rb"[\d:,*]+")
_FLAGS = {"ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN"}
_HEADERS = {"FROM", "TO", "CC", "BCC", "SUBJECT"}
MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A message as SEARCH sees it."""

    number: int
    message: Message


Key = Callable[[Found], bool]


def read_search(words: list[Word], highest_number: int, highest_uid: int) -> Key:
    """The whole condition; raises `CommandWrong`."""
    return _Reader(highest_number, highest_uid).all_of(words)


class _Reader:
    def __init__(self, highest_number: int, highest_uid: int) -> None:
        self._highest = highest_number
        self._highest_uid = highest_uid
        self._left = MAX_KEYS

    def all_of(self, words: list[Word]) -> Key:
        rest = list(words)
        keys: list[Key] = []
        if rest[:1] == [b"CHARSET"]:
            rest = rest[2:]
        while rest:
            keys.append(self._next(rest))
        if not keys:
            raise CommandWrong("SEARCH needs a key")
        return lambda found: all(key(found) for key in keys)

    def _next(self, rest: list[Word]) -> Key:
        self._left -= 1
        if self._left < 0:
            raise CommandWrong("too many keys in one SEARCH")
        word = rest.pop(0)
        if isinstance(word, list):
            return self.all_of(word)
        if _SET.fullmatch(word):
            ranges = read_ranges(word, self._highest)
            return lambda found: is_in(found.number, ranges)
        return self._named(word.decode("ascii", "replace").upper() if isinstance(word, Atom) else "", rest)

    def _named(self, name: str, rest: list[Word]) -> Key:
        if name in ("ALL", "OLD"):
            return lambda found: True
        if name in ("NEW", "RECENT"):
            return lambda found: False  # no session is told of recent messages (RFC 9051 Appendix E)
        if name in _FLAGS:
            return self._flag(b"\\" + name.capitalize().encode())
        if name.removeprefix("UN") in _FLAGS:
            has = self._flag(b"\\" + name.removeprefix("UN").capitalize().encode())
            return lambda found: not has(found)
        if name == "NOT":
            inner = self._next(self._some(rest))
            return lambda found: not inner(found)
        if name == "OR":
            one, other = self._next(self._some(rest)), self._next(self._some(rest))
            return lambda found: one(found) or other(found)
        return self._with_argument(name, rest)

    def _with_argument(self, name: str, rest: list[Word]) -> Key:
        argument = self._string(rest)
        if name == "UID":
            ranges = read_ranges(argument, self._highest_uid)
            return lambda found: is_in(found.message.uid, ranges)
        if name in ("KEYWORD", "UNKEYWORD"):
            has = self._flag(argument)
            return has if name == "KEYWORD" else lambda found: not has(found)
        if name in _HEADERS:
            return _header(name.lower(), argument)
        if name == "HEADER":
            return _header(argument.decode("utf-8", "replace"), self._string(rest))
        if name == "BODY":
            return lambda found: argument.lower() in cut(found.message.raw).body.lower()
        if name == "TEXT":
            return lambda found: argument.lower() in found.message.raw.lower()
        if name in ("LARGER", "SMALLER"):
            size, larger = _number(argument), name == "LARGER"
            return lambda found: (len(found.message.raw) > size) if larger else (len(found.message.raw) < size)
        return _dated(name, argument)

    def _flag(self, flag: bytes) -> Key:
        wanted = flag.lower()
        return lambda found: any(each.lower() == wanted for each in found.message.flags)

    @staticmethod
    def _some(rest: list[Word]) -> list[Word]:
        if not rest:
            raise CommandWrong("a key of SEARCH is missing")
        return rest

    def _string(self, rest: list[Word]) -> bytes:
        word = self._some(rest).pop(0)
        if isinstance(word, list):
            raise CommandWrong("a key of SEARCH wants a string")
        return word


def _header(name: str, wanted: bytes) -> Key:
    """Headers as they stand, without RFC 2047 words undone, as most servers do."""
    needle = wanted.decode("utf-8", "replace").lower()

    def holds(found: Found) -> bool:
        values = headers_of(found.message.raw).get_all(name, [])
        return any(needle in str(value).lower() for value in values)

    return holds


def _number(argument: bytes) -> int:
    if not argument.isdigit() or len(argument) > 15:
        raise CommandWrong("a size is a number")
    return int(argument)


def _dated(name: str, argument: bytes) -> Key:
    sent = name.startswith("SENT")
    kind = name.removeprefix("SENT")
    if kind not in ("BEFORE", "ON", "SINCE"):
        raise CommandWrong("there is no such key of SEARCH")
    try:
        wanted = datetime.strptime(argument.decode("ascii", "replace"), "%d-%b-%Y").date()  # noqa: DTZ007  # a day
    except ValueError:
        raise CommandWrong("a date looks like 1-Feb-2026") from None

    def holds(found: Found) -> bool:
        day = _sent_on(found.message.raw) if sent else found.message.internal_date.date()
        if day is None:
            return False
        return day < wanted if kind == "BEFORE" else day >= wanted if kind == "SINCE" else day == wanted

    return holds


def _sent_on(raw: bytes) -> date | None:
    try:
        return parsedate_to_datetime(str(headers_of(raw).get("date", ""))).date()
    except (ValueError, TypeError, IndexError):
        return None
