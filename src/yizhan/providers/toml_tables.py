"""TOML read strictly: every complaint names file, line and key."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from yizhan.base.errors import YizhanError
from yizhan.providers.data_limits import MAX_ITEMS, MAX_TEXT

LANGUAGES = ("zh-hans", "en", "ru")
Words = Mapping[str, str]
T = TypeVar("T")


class ProviderFileWrong(YizhanError):
    """A provider file cannot be used; the detail names file and line.  The other files still work."""

    code = "provider_file_wrong"


class Table:
    """One table of a file; each reading method refuses what is not of its kind."""

    def __init__(self, file: str, text: str, values: Mapping[str, Any], path: str = "", nth: int = 0) -> None:
        self._file = file
        self._text = text
        self._values = dict(values)
        self._path = path
        self._nth = nth
        self._asked: set[str] = set()
        self._inner: dict[str, list[Table]] = {}

    def wrong(self, key: str, why: str) -> ProviderFileWrong:
        """The complaint about one key."""
        spoken = f"{self._path}.{key}" if self._path and key else self._path or key
        return ProviderFileWrong(f"{self._file}, line {self._line(key)}: {spoken}: {why}")

    def has(self, key: str) -> bool:
        return key in self._values

    def is_table(self, key: str) -> bool:
        return isinstance(self._values.get(key), dict)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, str, "a text", default)
        if len(value) > MAX_TEXT:
            raise self.wrong(key, f"longer than {MAX_TEXT} characters")
        return value

    def number(self, key: str) -> int | None:
        value = self._take(key, int, "a whole number", 0)
        if value < 0:
            raise self.wrong(key, "below zero")
        return value or None

    def flag(self, key: str) -> bool:
        return self._take(key, bool, "true or false", False)

    def day(self, key: str) -> date:
        return self._take(key, date, "a date such as 2026-11-24")

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        found = self._take(key, list, "a list of texts", default)
        if len(found) > MAX_ITEMS or not all(isinstance(item, str) and 0 < len(item) <= MAX_TEXT for item in found):
            raise self.wrong(key, f"not a list of at most {MAX_ITEMS} texts")
        return tuple(found)

    def words(self, key: str, *, optional: bool = False) -> Words:
        """A text in each of the three languages."""
        found = self._take(key, dict, "a text in each language", {} if optional else None)
        if optional and not found:
            return {}
        if set(found) != set(LANGUAGES) or not all(isinstance(each, str) and each for each in found.values()):
            raise self.wrong(key, f"needs a text in each of {', '.join(LANGUAGES)}, and in no other language")
        if any(len(each) > MAX_TEXT for each in found.values()):
            raise self.wrong(key, f"longer than {MAX_TEXT} characters")
        return found

    def parsed(self, key: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        """A list of texts, each read by `parse`; its complaint is ours."""
        return tuple(self._parse(key, item, parse) for item in self.texts(key, []))

    def choice(self, key: str, parse: Callable[[str], T], default: str) -> T:
        return self._parse(key, self.text(key, default), parse)

    def table(self, key: str) -> "Table":
        """An inner table; an empty one if it is not there."""
        if key not in self._inner:
            self._inner[key] = self._open(key, [self._take(key, dict, "a table", {})])
        return self._inner[key][0]

    def tables(self, key: str) -> "list[Table]":
        found = self._take(key, list, "a list of tables", [])
        if len(found) > MAX_ITEMS or not all(isinstance(item, dict) for item in found):
            raise self.wrong(key, "not a list of tables")
        self._inner[key] = self._open(key, found)
        return self._inner[key]

    def done(self) -> None:
        """Raise for a key that nobody asked for: a typing mistake must not pass for a default."""
        for key in self._values:
            if key not in self._asked:
                raise self.wrong(key, "no such field")
        for inner in self._inner.values():
            for table in inner:
                table.done()

    def _open(self, key: str, found: list[dict[str, Any]]) -> "list[Table]":
        path = f"{self._path}.{key}" if self._path else key
        return [Table(self._file, self._text, item, path, nth) for nth, item in enumerate(found)]

    def _parse(self, key: str, item: str, parse: Callable[[str], T]) -> T:
        try:
            return parse(item)
        except (ValueError, YizhanError) as error:
            raise self.wrong(key, str(error)) from None

    def _take(self, key: str, kind: type[T], spoken: str, default: T | None = None) -> T:
        self._asked.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.wrong(key, f"is not {spoken}")
        return value

    def _line(self, key: str) -> int:
        """Where the key stands; else where its table begins.  tomllib keeps no lines, so the text is searched."""
        heads = re.escape(self._path)
        begins = [match.end() for match in re.finditer(rf"(?m)^\s*\[\[?\s*{heads}\s*\]\]?", self._text)]
        begin = begins[min(self._nth, len(begins) - 1)] if self._path and begins else 0
        found = re.compile(rf"(?m)^\s*\[*\s*{re.escape(key)}\s*(=|\])").search(self._text, begin) if key else None
        return self._text.count("\n", 0, found.end() if found else begin) + 1


def read_toml(file: str, data: bytes) -> Table:
    """The whole file as a table; raises `ProviderFileWrong` for what is no TOML in UTF-8."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProviderFileWrong(f"{file}, line {line}: this is not UTF-8") from None
    try:
        return Table(file, text, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = re.search(r"at line (\d+)", str(error))
        line = int(where[1]) if where else text.count("\n") + 1
        raise ProviderFileWrong(f"{file}, line {line}: {error}") from None
