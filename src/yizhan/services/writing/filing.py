"""Drafts at the server: the newest version lies in the account's Drafts, and only that one.

Order is the guarantee.  The name that all versions of a draft begin with is kept before the first is put there; a new
version is put there and seen before an older one is removed.  So at every moment at least one lies there, and whoever
comes after a crash finds by that name what was done and does the rest.  What somebody else put there is left alone.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId, MessageId, make_token
from yizhan.imap.encoder import words
from yizhan.imap.errors import CommandRefused
from yizhan.imap.numset import NumSet
from yizhan.mime.addresses import read_typed
from yizhan.mime.compose import Draft as Parts
from yizhan.mime.compose import Priority, make_message
from yizhan.mime.fields import AddressUnwritable, HeaderInjected, address_field
from yizhan.net.imap import ImapSession
from yizhan.services.outbox.submitting import OriginalNotHere
from yizhan.services.writing import drafts as writing
from yizhan.services.writing.adopting import read_draft
from yizhan.services.writing.handing import files_of
from yizhan.store import blobs, drafts, filing, mailboxes, messages
from yizhan.store.lane import Lane
from yizhan.store.models import Draft, Lease
from yizhan.store.scope import Scope

log = logging.getLogger(__name__)
FLAGS = ("\\Draft", "\\Seen")
_HEADS = "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"


@dataclass(frozen=True, slots=True)
class _Place:
    """The opened Drafts of one account."""

    session: ImapSession
    name: str
    uid_validity: int
    lane: Lane
    lease: Lease | None


async def file_drafts(
    account_id: AccountId, session: ImapSession, *, lane: Lane, lease: Lease | None, before: datetime
) -> int:
    """File or remove what is due; how many.  Raises what the server or the line did, and `LeaseLost`."""
    mailbox = await lane.read(mailboxes.by_role, account_id, "drafts")
    due = await lane.read(filing.list_due, account_id, before)
    if mailbox is None or not due:
        return 0
    selected = await session.select(mailbox.wire_name)
    place = _Place(session, mailbox.wire_name, selected.uid_validity or 0, lane, lease)
    for draft in due:
        await (_file(place, draft) if filing.is_open(draft) else _take_out(place, draft))
    return len(due)


def adopt(scope: Scope, message_id: MessageId, clock: Clock) -> int:
    """The draft that a message of a Drafts mailbox is, ours or one written elsewhere, to be written on.

    Raises `NotFound`, and `OriginalNotHere` while its bytes are not here.
    """
    row = messages.get(scope, message_id)
    if row.mailbox.role != "drafts":
        raise writing.NotADraft("only what lies in Drafts is a draft")
    known = filing.find_filed(scope, row)
    if known is not None:
        return int(known)
    if row.blob_id is None:
        raise OriginalNotHere("the bytes of the draft are not here yet")
    read = read_draft(blobs.get(row.blob_id), AccountId(row.account_id))
    kept = [(each, blobs.put(each.data)) for each in read.files]
    made = drafts.create(
        scope,
        read.content,
        clock.now(),
        account_id=row.account_id,
        in_reply_to=read.in_reply_to,
        references=read.references,
    )
    for each, blob in kept:
        drafts.add_file(scope, made.pk, blob, name=each.name, content_type=each.content_type, cid=each.cid)
    filing.adopt(scope, made.pk, row)
    return made.pk


def compose_draft(draft: Draft, message_id: str) -> bytes:
    """The draft as mail, whom it goes to in secret too; what is no address yet stays behind."""
    content = draft.content
    people = {name: tuple(read_typed(content[name]).people) for name in ("to", "cc", "bcc", "reply_to")}
    plain = content["plain"] or not content["html"].strip()
    raw = make_message(
        Parts(
            sender=("", draft.account.address if draft.account else ""),
            to=people["to"],
            cc=people["cc"],
            reply_to=people["reply_to"],
            subject=" ".join(content["subject"].split()),
            text=content["text"] if plain else "",
            html="" if plain else content["html"],
            files=files_of(draft, content),
            message_id=message_id,
            date=draft.updated_at,
            in_reply_to=draft.in_reply_to,
            references=tuple(draft.references),
            priority=Priority(content["priority"]),
        )
    )
    return (address_field("Bcc", people["bcc"]).encode() if people["bcc"] else b"") + raw


async def _file(place: _Place, draft: Draft) -> None:
    base = draft.message_id or f"yz.{make_token(18)}"
    if not draft.message_id and not await place.lane.run(filing.name, draft.pk, base, place.lease):
        return
    domain = draft.account.address.rpartition("@")[2].encode("idna").decode("ascii") if draft.account else "invalid"
    wanted = f"<{base}.{draft.version}@{domain}>"
    found = await _find(place, base)
    uid = max((uid for uid, name in found.items() if name == wanted), default=None)
    if uid is None:
        uid = await _put(place, draft, wanted)
    if uid is not None:  # it is there: those before it may go, and only then is it done
        await _remove(place, (set(found) | _filed(place, draft)) - {uid})
    await place.lane.run(filing.note_filed, draft.pk, draft.version, place.uid_validity, uid, place.lease)


async def _put(place: _Place, draft: Draft, wanted: str) -> int | None:
    """Its UID there; None if the server will not have it: then the draft is kept here alone until it is changed."""
    try:
        raw = await place.lane.read(compose_draft, draft, wanted)
        appended = await place.session.append(place.name, raw, FLAGS)
    except (CommandRefused, HeaderInjected, AddressUnwritable) as refused:
        log.warning("draft_not_filed", extra={"draft": draft.pk, "said": str(refused)[:200]})
        return None
    if appended is not None and appended.uids:
        return appended.uids.numbers()[0]
    return max((uid for uid, name in (await _find(place, wanted)).items() if name == wanted), default=None)


async def _take_out(place: _Place, draft: Draft) -> None:
    found = await _find(place, draft.message_id) if draft.message_id else {}
    await _remove(place, set(found) | _filed(place, draft))
    await place.lane.run(filing.note_gone, draft.pk, place.lease)


def _filed(place: _Place, draft: Draft) -> set[int]:
    """Where it lay; another UIDVALIDITY voids every UID (RFC 9051 §2.3.1.1)."""
    known = draft.filed_uid is not None and draft.filed_uid_validity == place.uid_validity
    return {draft.filed_uid} if known and draft.filed_uid is not None else set()


async def _find(place: _Place, base: str) -> dict[int, str]:
    """The versions that lie there, Message-ID by UID."""
    await place.session.noop()  # what came since is seen from here on
    uids = await place.session.search_message_id(base)
    if not uids:
        return {}
    heads = await place.session.fetch(NumSet.of(uids), _HEADS, uid=True)
    told = {each.uid: b"".join(part or b"" for part in each.sections.values()) for each in heads if each.uid}
    return {uid: raw.partition(b":")[2].strip().decode("ascii", "replace") for uid, raw in told.items()}


async def _remove(place: _Place, uids: set[int]) -> None:
    """For good.  Without UIDPLUS a server removes whatever is marked deleted: then only if nothing else is."""
    if not uids:
        return
    numbers = NumSet.of(uids)
    await place.session.store(numbers, "+FLAGS.SILENT", ["\\Deleted"])
    if "UIDPLUS" in place.session.capabilities:
        await place.session.expunge(numbers)
    elif set((await place.session.search([words("DELETED")])).numbers()) <= uids:
        await place.session.expunge()
