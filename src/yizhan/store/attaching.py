"""Messages get their bytes, many in one transaction: their rows, their threads, their mark for the index, the news."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from yizhan.store import blobs, lane, threads
from yizhan.store.intents import tell
from yizhan.store.limits import MAX_SNIPPET_CHARS
from yizhan.store.models import Mailbox, Message
from yizhan.store.search import index
from yizhan.store.text import storable


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes that are kept under `blob`, of this message, what a list shows of them, and what the message answers.

    Where `snippet` or `attachments` is None, the row's own stay; `is_report`: it is to be read as a delivery report.
    """

    message_id: int
    blob: str
    size_bytes: int
    snippet: str | None = None
    attachments: int | None = None
    references: Sequence[str] = ()
    is_report: bool = False


@lane.writes
def attach(bodies: Sequence[Body]) -> set[int]:
    """The messages that have these bytes now (`blobs.put` first); the others, or their blobs, are gone meanwhile."""
    there = blobs.hold_many({each.blob for each in bodies})
    given = {each.message_id: each for each in bodies if each.blob in there}
    rows = list(Message.objects.filter(pk__in=given).values_list("pk", "mailbox_id", "workspace_id", "thread_id"))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE store_message SET blob_id = %s, snippet = COALESCE(%s, snippet),"
            " attachments = COALESCE(%s, attachments), report_due = %s WHERE id = %s",
            [_columns(given[number]) for number, *_ in rows],
        )
    threads.join([(workspace, thread or 0, given[number].references) for number, _, workspace, thread in rows])
    index.mark_due([number for number, *_ in rows])
    counts = Counter(mailbox_id for _, mailbox_id, *_ in rows)
    for mailbox in Mailbox.objects.select_related("account").filter(pk__in=counts).order_by("pk"):
        tell(mailbox, {"changed": counts[mailbox.pk]})
    return {number for number, *_ in rows}


def _columns(body: Body) -> tuple[str, str | None, int | None, bool, int]:
    snippet = None if body.snippet is None else storable(body.snippet, MAX_SNIPPET_CHARS)
    return body.blob, snippet, body.attachments, body.is_report, body.message_id
