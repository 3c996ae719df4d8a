"""Bring the newest of an account's INBOX here: carries out what `plan` says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from yizhan.base.ids import AccountId
from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.numset import NumSet
from yizhan.imap.types import Address, Fetched, Listed
from yizhan.mime.headers import decode_header
from yizhan.mime.summary import summarise
from yizhan.net.imap import ImapSession
from yizhan.services.sync.plan import Fetch, Forget, Reflag, View, plan
from yizhan.store import blobs, mailboxes, messages
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.models import Mailbox

WINDOW = 50
MAX_BODY_BYTES = 40 * 1024 * 1024
SNIPPET_CHARS = 200
_ROLES = {"\\sent": "sent", "\\drafts": "drafts", "\\junk": "junk", "\\trash": "trash", "\\archive": "archive"}
_METADATA = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)"


@dataclass(frozen=True, slots=True)
class Synced:
    """How many messages came, went, and changed their flags."""

    fetched: int
    removed: int
    flags_changed: int


async def sync_newest(account_id: AccountId, session: ImapSession, lane: Lane, lease: Lease | None = None) -> Synced:
    """The list of mailboxes, and the newest of INBOX with their bodies.  Raises what the server or the line did."""
    listed = await session.list_mailboxes()
    rows = await lane.run(mailboxes.store_list, account_id, [_mailbox_facts(each) for each in listed], lease)
    inbox = next(row for row in rows if row.role == "inbox")
    unseen = await session.count_unseen(inbox.wire_name)
    selected = await session.examine(inbox.wire_name)
    first = max(1, selected.exists - WINDOW + 1)
    found = await session.fetch(f"{first}:*", "(UID FLAGS)", uid=False) if selected.exists else []
    remote = View(selected.uid_validity, {_uid(each): _flags(each) for each in found})
    local = await lane.read(_local_view, inbox.pk)
    await lane.run(
        mailboxes.set_selected,
        inbox.pk,
        uid_validity=selected.uid_validity,
        uid_next=selected.uid_next or None,
        messages=selected.exists,
        unseen=unseen,
        highest_mod_seq=None,
        lease=lease,
    )
    counts = {"fetched": 0, "removed": 0, "flags_changed": 0}
    for each in plan(remote, local):
        match each:
            case Fetch(uids):
                counts["fetched"] = await _fetch(session, inbox, selected.uid_validity, uids, lane, lease)
            case Forget(uids):
                await lane.run(messages.remove_uids, inbox.pk, selected.uid_validity, uids, lease)
                counts["removed"] = len(uids)
            case Reflag(flags):
                await lane.run(messages.set_flags, inbox.pk, selected.uid_validity, flags, lease)
                counts["flags_changed"] = len(flags)
    await _fetch_bodies(session, inbox, lane)
    return Synced(**counts)


async def _fetch(
    session: ImapSession, inbox: Mailbox, uid_validity: int, uids: Sequence[int], lane: Lane, lease: Lease | None
) -> int:
    found = await session.fetch(NumSet.of(uids), _METADATA, uid=True)
    facts = [_message_facts(each) for each in found if each.envelope is not None]
    await lane.run(messages.upsert_batch, inbox.pk, uid_validity, facts, lease)
    return len(facts)


async def _fetch_bodies(session: ImapSession, inbox: Mailbox, lane: Lane) -> None:
    for row in await lane.read(messages.without_blob, inbox.pk, WINDOW):
        if row.size_bytes > MAX_BODY_BYTES:
            continue
        for fetched in await session.fetch(NumSet.of([row.uid]), "(UID BODY.PEEK[])", uid=True):
            raw = fetched.sections.get("BODY[]")
            if raw is not None:
                blob = await lane.read(blobs.put, raw)
                snippet, files = summarise(raw, SNIPPET_CHARS)
                await lane.run(messages.attach_blob, row.pk, blob.pk, snippet=snippet, attachments=files)


def _local_view(mailbox_id: int) -> View | None:
    mailbox = mailboxes.get_for_engine(mailbox_id)
    if mailbox.uid_validity is None:
        return None
    return View(mailbox.uid_validity, {row.uid: frozenset(row.flags) for row in messages.held_rows(mailbox_id)})


def _mailbox_facts(listed: Listed) -> mailboxes.MailboxFacts:
    role = next((role for attribute, role in _ROLES.items() if attribute in listed.attributes), "")
    if listed.name.upper() == "INBOX":
        role = "inbox"
    return mailboxes.MailboxFacts(
        wire_name=listed.wire_name,
        name=listed.name,
        delimiter=listed.delimiter,
        role=role,
        selectable="\\noselect" not in listed.attributes,
    )


def _message_facts(fetched: Fetched) -> messages.MessageFacts:
    envelope = fetched.envelope
    if envelope is None or fetched.internal_date is None:
        raise RemoteProtocolError("a FETCH response lacks what was asked for")
    return messages.MessageFacts(
        uid=_uid(fetched),
        internal_date=fetched.internal_date,
        date=_date(envelope.date),
        message_id=_text(envelope.message_id),
        in_reply_to=_text(envelope.in_reply_to),
        subject=_text(envelope.subject),
        from_=_addresses(envelope.from_),
        to=_addresses(envelope.to),
        cc=_addresses(envelope.cc),
        flags=_flags(fetched),
        size_bytes=fetched.size or 0,
    )


def _text(value: bytes | None) -> str:
    return decode_header(value) if value is not None else ""


def _uid(fetched: Fetched) -> int:
    if not fetched.uid:
        raise RemoteProtocolError("a FETCH response names no UID")
    return fetched.uid


def _flags(fetched: Fetched) -> frozenset[str]:
    return (fetched.flags or frozenset()) - {"\\Recent"}  # of one session, not of the message (RFC 3501 §2.3.2)


def _addresses(people: tuple[Address, ...]) -> list[dict[str, str]]:
    return [
        {"name": _text(each.name), "address": f"{_text(each.mailbox)}@{_text(each.host)}"}
        for each in people
        if each.host is not None
    ]


def _date(value: bytes | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(_text(value))
    except ValueError:  # a date that no one can read is shown as none; INTERNALDATE orders the list
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
