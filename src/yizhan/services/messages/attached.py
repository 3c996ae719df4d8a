"""The text of attached files, for the index: each read in a child that may die of it, after the messages themselves.

A file whose reader died, or took more than it may, has no text from then on; the message is found by all else.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

from yizhan.base.errors import YizhanError
from yizhan.mime.enclosed import is_message, is_tnef, open_leaf
from yizhan.mime.html import html_to_text
from yizhan.mime.structure import Leaf, Parsed, parse_message
from yizhan.mime.summary import attached_files, words_of
from yizhan.services.messages.limits import (
    CATCH_UP_SECONDS,
    MAX_READ_FILE_BYTES,
    MAX_READ_FILES,
    READ_MEMORY_BYTES,
    READ_SECONDS,
)
from yizhan.services.messages.sidework import run_aside
from yizhan.store import blobs
from yizhan.store.lane import Lane
from yizhan.store.search import index
from yizhan.store.search.index import Due, ReadText
from yizhan.store.search.limits import MAX_ATTACHED_CHARS, MAX_FILES

_PDF, _OFFICE = "yizhan.mime.pdf:read_pdf", "yizhan.mime.office:read_office"
_TEXT, _HTML, _MESSAGE = "text", "html", "message"
_EXTENSIONS = {
    _PDF: "pdf",
    _OFFICE: "docx docm dotx xlsx xlsm xltx pptx pptm ppsx odt ods odp ott",
    _TEXT: "txt csv tsv md log json xml yaml yml ini srt vcf ics",
    _HTML: "html htm xhtml",
}
_BY_EXTENSION = {name: reader for reader, names in _EXTENSIONS.items() for name in names.split()}
_BY_TYPE = {"application/pdf": _PDF, "text/html": _HTML, "application/xhtml+xml": _HTML}
_NOTHING = Parsed((), (), ())
_OFFICE_TYPES = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Opened:
    due: Due
    parsed: Parsed


def names_of(parsed: Parsed) -> list[str]:
    """The names of all attached files, and of those in a winmail.dat."""
    return [leaf.filename for leaf in _files(parsed)[:MAX_FILES]]


def has_text(parsed: Parsed) -> bool:
    """Whether some attached file may have words that can be read."""
    return any(_reader_of(leaf) for leaf in _files(parsed))


async def index_attached(lane: Lane) -> int:
    """Read the files of the newest message that waits for it and write them to the index; how many messages: 1 or 0."""
    opened = await lane.read(_open_next)
    if opened is None:
        return 0
    found: list[tuple[str, str]] = []
    room = MAX_ATTACHED_CHARS
    files = [(leaf, reader) for leaf in _files(opened.parsed) if (reader := _reader_of(leaf))]
    for leaf, reader in files[:MAX_READ_FILES]:
        text = await _read(leaf, reader)
        if text.strip():
            found.append((leaf.filename or text.strip().partition("\n")[0], text[:room]))
            room -= len(text)
        if room <= 0:
            break
    read = ReadText(opened.due, await asyncio.to_thread(words_of, opened.parsed), names_of(opened.parsed), found)
    await lane.read(index.write_texts, [read])
    return 1


async def catch_up(lane: Lane) -> None:
    """Without an engine: read the files of mail that just came, as long as a person waits."""
    end = time.monotonic() + CATCH_UP_SECONDS
    while time.monotonic() < end and await index_attached(lane):
        pass


def _open_next() -> _Opened | None:
    waiting = index.list_attached_due(1)
    if not waiting:
        return None
    [due] = waiting
    if due.blob_id is None:
        return _Opened(due, _NOTHING)
    try:
        return _Opened(due, parse_message(blobs.get(due.blob_id)))
    except YizhanError as error:  # gone or damaged: `verify` finds it, and with new bytes comes a new mark
        log.warning("files_not_read", extra={"message_number": due.message_id, "code": error.code})
        return _Opened(due, _NOTHING)


def _files(parsed: Parsed) -> list[Leaf]:
    found: list[Leaf] = []
    for leaf in attached_files(parsed):
        inner = open_leaf(leaf) if is_tnef(leaf) else None
        found += [leaf] if inner is None else attached_files(inner)
    return found


def _reader_of(leaf: Leaf) -> str:
    """How its words are read: a task for a child, or what is done here; empty for a file without words."""
    if len(leaf.encoded) > MAX_READ_FILE_BYTES:
        return ""
    if is_message(leaf):
        return _MESSAGE
    by_name = _BY_EXTENSION.get(leaf.filename.lower().rpartition(".")[2])
    if by_name or leaf.content_type in _BY_TYPE:
        return by_name or _BY_TYPE[leaf.content_type]
    if leaf.content_type.startswith(_OFFICE_TYPES):
        return _OFFICE
    return _TEXT if leaf.content_type.startswith("text/") else ""


async def _read(leaf: Leaf, reader: str) -> str:
    if reader in (_TEXT, _HTML, _MESSAGE):
        return await asyncio.to_thread(_read_here, leaf, reader)
    words = await run_aside(reader, leaf.data(), seconds=READ_SECONDS, memory=READ_MEMORY_BYTES)
    return "" if words is None else words.decode("utf-8", "replace")


def _read_here(leaf: Leaf, reader: str) -> str:
    """With what reads the messages themselves."""
    if reader == _MESSAGE:
        inner = open_leaf(leaf)
        return "" if inner is None else f"{inner.header('subject')}\n{words_of(inner)}"
    return html_to_text(leaf.text()) if reader == _HTML else leaf.text()
