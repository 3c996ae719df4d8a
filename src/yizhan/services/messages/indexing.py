"""The text of messages, read for the index: the mark to do so is written with the message."""

import logging

from yizhan.base.errors import YizhanError
from yizhan.mime.structure import parse_message
from yizhan.mime.summary import words_of
from yizhan.services.messages.attached import has_text, names_of
from yizhan.store import blobs
from yizhan.store.search import index
from yizhan.store.search.index import Due, ReadText
from yizhan.store.search.limits import BODIES_AT_ONCE

log = logging.getLogger(__name__)


def index_due(limit: int = BODIES_AT_ONCE) -> int:
    """Read the newest of what is due and write it to the index; how many.  Outside a transaction.

    Words of attached files come later (`attached.index_attached`), so that no file keeps the mail waiting.
    """
    return index.write_texts([_read(each) for each in index.list_due(limit)])


def _read(due: Due) -> ReadText:
    """Bytes that are gone or damaged have no text; `verify` finds them, and with new bytes comes a new mark."""
    if due.blob_id is None:
        return ReadText(due, "", ())
    try:
        raw = blobs.get(due.blob_id)
    except YizhanError as error:
        log.warning("text_not_read", extra={"message_number": due.message_id, "code": error.code})
        return ReadText(due, "", ())
    parsed = parse_message(raw)
    return ReadText(due, words_of(parsed), names_of(parsed), more=has_text(parsed))
