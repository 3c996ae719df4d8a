"""The index: written in the transaction that writes the message, and again when the message's text was read.

SQLite: FTS5 without positions (`detail=column`) over words that `analyzer` has cut; its own tokenizer only splits at
spaces, for every character past ASCII is a letter to it.  PostgreSQL: a tsvector written as a literal, so that no
parser, dictionary or locale of the server has a say; the four fields are its four weights.  Neither keeps positions:
whether words stand side by side is looked up in the text (`matching`), which gives the same answer on both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import zstandard
from django.db import connection
from django.db.models import QuerySet

from yizhan.store import inserting, lane
from yizhan.store.arrivals import Arrival
from yizhan.store.models import Message, SearchText
from yizhan.store.search.analyzer import fold, words
from yizhan.store.search.limits import (
    MAX_ATTACHED_CHARS,
    MAX_ATTACHED_NAME_CHARS,
    MAX_FILES,
    MAX_TEXT_CHARS,
    MAX_WORDS_BYTES,
    MERGE_PAGES,
    WORD_COST_BYTES,
    WORDS_AT_ONCE,
)
from yizhan.store.text import Written, storable, storable_json

FIELDS = ("senders", "recipients", "subject", "files", "body")
HEADER_FIELDS = ("senders", "to", "cc", "subject", "internal_date")  # of `Message`: what is in the index from the start
WEIGHTS = {"senders": "A", "recipients": "B", "subject": "C", "files": "D", "body": "D"}
_FILE = "\x1e"  # ASCII's record separator: the text of a file begins
_NO_FILES = Written(())
_NEW = ("message_id", "place", "due", "files")
_PLACE_BITS = 29
_LAST_SECOND = (1 << 34) - 1  # in the year 2514; both together fill the 63 bits of a rowid


@dataclass(frozen=True, slots=True)
class Due:
    """A message that the index does not have all of; `blob_id` None when its bytes are not here."""

    message_id: int
    blob_id: str | None
    header: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadText:
    """What was read of a message's bytes: its text, the names of attached files, and (name, text) of those read too.

    `more`: files are still to be read, so the mark stays (`list_attached_due`).
    """

    due: Due
    text: str
    files: Sequence[str]
    attached: Sequence[tuple[str, str]] = ()
    more: bool = False


def place_at(moment: datetime) -> int:
    """The first place of that second; places of messages that came later are higher."""
    return min(max(0, int(moment.timestamp())), _LAST_SECOND) << _PLACE_BITS


def moment_of(place: int, zone: tzinfo = UTC) -> datetime:
    """When what stands there came, to the second."""
    return datetime.fromtimestamp(place >> _PLACE_BITS, zone)


def place_of(row: Message | Arrival) -> int:
    """Where the message stands in the index: by time, then by its own number."""
    return place_at(row.internal_date) | row.pk & ((1 << _PLACE_BITS) - 1)


def add(rows: Sequence[Arrival]) -> None:
    """Inside the transaction that wrote these messages: they are to be found by their headers.

    A few can be at once; of many, as history comes, the words are left to whoever reads what is due.
    """
    places = [(row.pk, place_of(row)) for row in rows]
    is_due = len(rows) > WORDS_AT_ONCE
    inserting.insert(SearchText, _NEW, [(number, place, is_due, _NO_FILES) for number, place in places])
    if not is_due:
        _write([(place, _written(_fields(row))) for row, (_, place) in zip(rows, places, strict=True)], fresh=True)


def renew(rows: Sequence[Message]) -> None:
    """Inside the transaction that changed these messages' headers: begin anew, and read their text once more."""
    numbers = [row.pk for row in rows]
    SearchText.objects.filter(message_id__in=numbers).delete()
    fresh = list(Message.objects.filter(pk__in=numbers))
    inserting.insert(SearchText, _NEW, [(row.pk, place_of(row), row.blob_id is not None, _NO_FILES) for row in fresh])
    _write([(place_of(row), _written(_fields(row))) for row in fresh], fresh=True)


def _fields(row: Message | Arrival) -> dict[str, str]:
    return fields_of(header_of(row), "", ())


def clear_traces() -> None:
    """Let the words of deleted messages leave the file, in short steps.  Outside a transaction.

    SQLite 3.40 has no `secure-delete` for FTS5: what was deleted stays in the index until its segments are merged.
    """
    if connection.vendor != "sqlite":
        return
    pages = -MERGE_PAGES  # negative: begin to merge all segments into one
    while _merge(pages):
        pages = MERGE_PAGES


@lane.writes
def _merge(pages: int) -> bool:
    """One step; False when there is nothing left to merge (sqlite.org/fts5.html §6.7: fewer than two changes)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT total_changes()")
        before = cursor.fetchone()[0]
        cursor.execute("INSERT INTO store_search(store_search, rank) VALUES('merge', %s)", [pages])
        cursor.execute("SELECT total_changes()")
        return bool(cursor.fetchone()[0] - before >= 2)


def mark_due(message_id: int) -> None:
    """Inside the transaction that gave the message other bytes: its text is to be read."""
    SearchText.objects.filter(message_id=message_id).update(due=True, text=None)


def list_due(limit: int) -> list[Due]:
    """Engine only: the newest messages whose text is to be read."""
    return _list_due(SearchText.objects.filter(due=True, text=None), limit)


def list_attached_due(limit: int) -> list[Due]:
    """Engine only: the newest messages whose text was read, and whose attached files are to be."""
    return _list_due(SearchText.objects.filter(due=True, text__isnull=False), limit)


def _list_due(rows: QuerySet[SearchText], limit: int) -> list[Due]:
    newest = rows.defer("text").select_related("message").order_by("-place")[:limit]
    return [Due(row.pk, row.message.blob_id, header_of(row.message)) for row in newest]


def write_texts(read: Sequence[ReadText]) -> int:
    """Engine only: these texts can be found; how many were written.  Outside a transaction: words are cut before it.

    One whose message is gone, or has another header or other bytes by now, is passed over: their mark is still there.
    """
    return _keep([_entry_of(each) for each in read])


@dataclass(frozen=True, slots=True)
class _Entry:
    """All that is written of one message."""

    due: Due
    text: bytes | None
    files: list[str]
    words: tuple[str, ...]
    more: bool


def _entry_of(read: ReadText) -> _Entry:
    files = list(storable_json(list(read.files[:MAX_FILES])))
    fields = fields_of(read.due.header, join_texts(read.text, read.attached), files)
    text = None if read.due.blob_id is None else pack(fields)
    return _Entry(read.due, text, files, _written(fields), read.more)


def join_texts(text: str, attached: Sequence[tuple[str, str]]) -> str:
    """The message's text and, each after `_FILE` and its name on a line, those of its files; bounded."""
    parts, room = [storable(text, MAX_TEXT_CHARS).replace(_FILE, " ")], MAX_ATTACHED_CHARS
    for name, said in attached:
        line = " ".join(storable(name, MAX_ATTACHED_NAME_CHARS).replace(_FILE, " ").split())
        kept = storable(said, room).replace(_FILE, " ")
        parts.append(f"{line}\n{kept}")
        room -= len(kept)
    return _FILE.join(parts)


@lane.writes
def _keep(entries: Sequence[_Entry]) -> int:
    given = {each.due.message_id: each for each in entries}
    rows = list(SearchText.objects.select_related("message").filter(pk__in=given, due=True))
    rows = [row for row in rows if _is_of(given[row.pk].due, row.message)]
    for row in rows:
        row.due, row.text, row.files = given[row.pk].more, given[row.pk].text, given[row.pk].files
    changed = ["due", "text", "files"]  # written as an upsert: Django's bulk_update takes 2 ms a row
    SearchText.objects.bulk_create(rows, update_conflicts=True, unique_fields=["message"], update_fields=changed)
    _write([(row.place, given[row.pk].words) for row in rows], fresh=False)
    return len(rows)


def _is_of(due: Due, row: Message) -> bool:
    return row.blob_id == due.blob_id and header_of(row) == due.header


def header_of(row: Message | Arrival) -> dict[str, str]:
    """What is looked at of a message whose text was not read, by field."""
    recipients = _people([*row.to, *row.cc])
    return {"senders": _people(row.senders), "recipients": recipients, "subject": row.subject}


def fields_of(header: Mapping[str, str], text: str, files: Iterable[str]) -> dict[str, str]:
    """What of the message is looked at, by field."""
    return {**header, "files": "\n".join(files), "body": text}


def pack(fields: Mapping[str, str]) -> bytes:
    """The text as it is kept: folded too, for folding is what takes long when many are looked at."""
    parts = [fields["body"], *(fold(fields[name]) for name in FIELDS)]
    return zstandard.ZstdCompressor(level=3).compress("\0".join(parts).encode())


def text_of(row: SearchText) -> str:
    """The text that was read; empty when none was."""
    return "" if row.text is None else _unpack(bytes(row.text)).partition(b"\0")[0].decode()


def texts_of(row: SearchText) -> Iterator[tuple[str, str, str]]:
    """(name, text, folded) of the message, without a name, and of each of its files that was read."""
    if row.text is None:
        return
    whole, folded = text_of(row).split(_FILE), folded_of(bytes(row.text))["body"].split(_FILE)
    yield "", whole[0], folded[0]
    for text, small in zip(whole[1:], folded[1:], strict=True):
        name, _, words = text.partition("\n")
        yield name, words, small.partition("\n")[2]


def folded_of(text: bytes) -> dict[str, str]:
    """The fields of a kept text, folded."""
    _, *fields = _unpack(text).split(b"\0")
    return {name: field.decode() for name, field in zip(FIELDS, fields, strict=True)}


def _unpack(text: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(text)  # ours, from the row that we wrote: bounded by then


def words_by_field(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Each field's different words, sorted; bounded by what a tsvector takes."""
    left = MAX_WORDS_BYTES
    found: dict[str, list[str]] = {}
    for name in FIELDS:
        kept: dict[str, None] = {}
        for word in words(fields[name]):
            if word not in kept:
                left -= len(word.encode()) + WORD_COST_BYTES
                if left < 0:
                    break
                kept[word] = None
        found[name] = sorted(kept)
    return found


def literal_of(by_field: Mapping[str, Sequence[str]]) -> str:
    """The words as a tsvector is written: each with one position a field, whose weight names the field."""
    weights: dict[str, dict[str, None]] = {}
    for name in FIELDS:
        for word in by_field[name]:
            weights.setdefault(word, {})[WEIGHTS[name]] = None
    written = (f"{quote(word)}:{','.join(f'{ord(w) - 64}{w}' for w in found)}" for word, found in weights.items())
    return " ".join(written)


def quote(word: str) -> str:
    """A word as tsvector and tsquery take it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def held() -> dict[int, set[str]]:
    """For checks: the words in the index, by place."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT place, tsvector_to_array(vector) FROM store_searchtext")
            return {place: set(found) for place, found in cursor.fetchall()}
        cursor.execute("INSERT INTO store_search(store_search) VALUES ('integrity-check')")
        cursor.execute("SELECT rowid, senders, recipients, subject, files, body FROM store_search")
        return {place: {word for each in found for word in each.split()} for place, *found in cursor.fetchall()}


def expected(row: Message) -> set[str]:
    """For checks: the words that the index has to hold of a message."""
    by_field = words_by_field(fields_of(header_of(row), text_of(row.searched), row.searched.files))
    return {word for found in by_field.values() for word in found}


def _written(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The words as this database's index takes them: a column a field, or one literal."""
    found = words_by_field(fields)
    if connection.vendor == "postgresql":
        return (literal_of(found),)
    return tuple(" ".join(found[name]) for name in FIELDS)


def _write(written: Sequence[tuple[int, tuple[str, ...]]], *, fresh: bool) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(
                "UPDATE store_searchtext SET vector = %s::tsvector WHERE place = %s",
                [(*words, place) for place, words in written],
            )
            return
        if not fresh:
            cursor.executemany("DELETE FROM store_search WHERE rowid = %s", [(place,) for place, _ in written])
        cursor.executemany(
            "INSERT INTO store_search(rowid, senders, recipients, subject, files, body)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [(place, *words) for place, words in written],
        )


def _people(people: Iterable[Mapping[str, str]]) -> str:
    return "\n".join(f"{each['name']} {each['address']}" for each in people)
