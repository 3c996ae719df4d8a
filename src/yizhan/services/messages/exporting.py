"""Messages out of here: a mailbox as an mbox, the files of a message as a zip, each written as it is read."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MailboxId, MessageId
from yizhan.mime.enclosed import find_leaf
from yizhan.mime.filenames import safe_filename
from yizhan.mime.structure import parse_message
from yizhan.services.messages.limits import EXPORT_BATCH
from yizhan.services.messages.reading import list_files, raw_message
from yizhan.store import blobs, mailboxes, messages
from yizhan.store.errors import BlobDamaged, BlobMissing
from yizhan.store.models import Message
from yizhan.store.scope import Scope

_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_LINE_BREAK = re.compile(rb"\r\n")


@dataclass(slots=True)
class Exported:
    """How many messages were written, and how many are not here whole and were left out."""

    written: int = 0
    absent: int = 0


def find_mailbox(scope: Scope, account_id: AccountId, role_or_name: str) -> MailboxId:
    """The mailbox of an account; raises `NotFound`."""
    return MailboxId(mailboxes.find(scope, account_id, role_or_name).pk)


def export_mailbox(scope: Scope, mailbox_id: MailboxId, told: Exported) -> Iterator[bytes]:
    """A mailbox as mbox (mboxrd, RFC 4155), the oldest first, message by message; raises `NotFound`.

    `told` counts while it is read.  A message whose bytes are not here is left out and counted.
    """
    mailbox = mailboxes.get(scope, mailbox_id)
    after = 0
    while rows := messages.list_after(mailbox.pk, after, EXPORT_BATCH):
        for row in rows:
            data = _bytes_of(row)
            told.written += data is not None
            told.absent += data is None
            if data is not None:
                yield as_mbox(row, data)
        after = rows[-1].uid


def as_mbox(row: Message, data: bytes) -> bytes:
    """One message with its From line, every "From " at a line's beginning quoted so that it can be undone."""
    sender = row.senders[0]["address"] if row.senders else ""
    who = re.sub(r"[^!-~]+", "", sender) or "MAILER-DAEMON"
    head = f"From {who} {row.internal_date.astimezone(UTC).ctime()}\n".encode("ascii")
    body = _FROM_LINE.sub(rb">\1", _LINE_BREAK.sub(b"\n", data))
    return head + body + (b"\n" if body.endswith(b"\n") else b"\n\n")


def zip_files(scope: Scope, message_id: MessageId) -> bytes:
    """All attached files of a message; raises `NotFound` when it has none."""
    parsed = parse_message(raw_message(scope, message_id))
    files = list_files(parsed)
    if not files:
        raise NotFound("the message has no files")
    made = io.BytesIO()
    names: set[str] = set()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for way, filename in files:
            leaf = find_leaf(parsed, way)
            if leaf is not None:
                archive.writestr(_unused(filename, names), leaf.data())
    return made.getvalue()


def _unused(name: str, names: set[str]) -> str:
    """The name, numbered when there is one like it on a file system that knows no case."""
    stem, dot, extension = name.rpartition(".")
    stem, dot, extension = (stem, dot, extension) if stem else (name, "", "")
    found, number = name, 2
    while found.casefold() in names:
        found, number = safe_filename(f"{stem} ({number}){dot}{extension}"), number + 1
    names.add(found.casefold())
    return found


def _bytes_of(row: Message) -> bytes | None:
    try:
        return None if row.blob_id is None else blobs.get(row.blob_id)
    except (BlobMissing, BlobDamaged):  # it is fetched again when somebody opens it
        return None
