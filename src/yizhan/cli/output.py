"""What a command prints: one JSON document, or tables and sentences for people."""

import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO
from unicodedata import east_asian_width

from yizhan.base.errors import YizhanError
from yizhan.runtime.environment import LANGUAGES

DONE, REFUSED, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130


class CommandFailed(YizhanError):
    """A command that ends with an exit code of its own; what it had to say is already printed if `silent`."""

    code = "failed"

    def __init__(self, detail: str, exit_code: int = REFUSED, *, silent: bool = False) -> None:
        super().__init__(detail)
        self.exit_code = exit_code
        self.silent = silent


class UsageWrong(YizhanError):
    """The command was not written as it takes it."""

    code = "usage"


def exit_code_of(error: YizhanError) -> int:
    """Usage errors give 2, what may be reachable later 3, every other refusal 1."""
    if isinstance(error, CommandFailed):
        return error.exit_code
    if isinstance(error, UsageWrong):
        return USAGE
    retry = getattr(error, "retry", None)
    return UNREACHABLE if retry in ("later", "after") else REFUSED


def to_json(value: Any) -> Any:
    """Times as RFC 3339 in UTC; everything else as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no JSON form")


class Output:
    """Where a command's answer goes; made once a run."""

    def __init__(self, *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def document(self, value: Any) -> None:
        """The one JSON document; only in JSON mode."""
        json.dump(value, self._out, ensure_ascii=False, default=to_json)
        self._out.write("\n")

    def say(self, text: str) -> None:
        """A sentence for people; nothing in JSON mode."""
        if not self.as_json:
            print(text, file=self._out)

    def note(self, text: str) -> None:
        """A sentence beside the answer, on standard error; nothing in JSON mode."""
        if not self.as_json:
            print(text, file=self._err)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Columns aligned by display width, so that Chinese lines up too."""
        widths = [max(map(display_width, column)) for column in zip(heads, *rows, strict=True)]
        for row in (heads, *rows):
            cells = [cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)]
            print("  ".join(cells).rstrip(), file=self._out)

    def fields(self, pairs: Mapping[str, str]) -> None:
        """One thing, a line a field."""
        width = max(map(display_width, pairs))
        for name, value in pairs.items():
            print(f"{name}{' ' * (width - display_width(name))}  {value}", file=self._out)

    def error(self, error: YizhanError) -> None:
        """The error's words, where and how the mode asks for them."""
        if isinstance(error, CommandFailed) and error.silent:
            return
        if self.as_json:
            self.document({"error": error_shape(error)})
            return
        title = title_of(error)
        print(f"yizhan: {title}", file=self._err)
        if error.detail not in title:
            print(f"  {error.detail}", file=self._err)
        for line in getattr(error, "help_lines", ()):
            print(f"  {line}", file=self._err)


def error_shape(error: YizhanError) -> dict[str, Any]:
    """cli.md's error shape; `code` is the cause if there is one."""
    diagnosis: dict[str, Any] | None = getattr(error, "diagnosis_shape", None)
    return {
        "code": diagnosis["cause"] if diagnosis else error.code,
        "title": diagnosis["title"] if diagnosis else title_of(error),
        "detail": error.detail,
        "remedy": diagnosis["remedy"] if diagnosis else "",
        "diagnosis": diagnosis,
    }


def title_of(error: YizhanError) -> str:
    """The error in the language of `YIZHAN_LANG`; its words are loaded when there is something to say."""
    language = os.environ.get("YIZHAN_LANG")
    if language not in LANGUAGES or language == "en" or hasattr(error, "diagnosis_shape"):
        return error.detail
    wording = importlib.import_module("yizhan.services.catalogue.wording")
    return str(wording.title_of(error.code, error.detail, language))


def display_width(text: str) -> int:
    """Columns of a terminal that `text` takes."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
