"""Hand a message in: composed once, kept for good before the person is told it is queued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, MessageId, SubmissionId, make_token
from yizhan.mime.addresses import read_typed
from yizhan.mime.compose import Draft, Enclosure, Priority, make_message, make_redirect
from yizhan.mime.fields import AddressUnwritable, HeaderInjected, write_addr_spec
from yizhan.services.outbox.lifecycle import INITIAL, Signal, step
from yizhan.services.outbox.senders import choose_sender
from yizhan.store import accounts, blobs, lane, messages, submissions
from yizhan.store.scope import Scope

__all__ = ["Enclosure", "MessageTooLarge", "NoRecipient", "Outgoing", "Prepared", "Priority", "RecipientWrong"]
__all__ += ["OriginalNotHere", "TooManyRecipients", "keep", "prepare", "submit"]

MAX_RECIPIENTS = 500  # QQ and Yandex stop there for a whole day; a longer list is a mistake or a campaign
MAX_MESSAGE_BYTES = 70 * 1024 * 1024  # QQ's SIZE, the largest of the common providers' but Microsoft's
MAX_SEPARATE_BYTES = 1024**3  # of all copies of a message that goes to each by itself: each is kept until it is sent
REDIRECT = "redirect"
Pair = tuple[str, str]


class NoRecipient(BadInput):
    """Nobody is named to send it to."""

    code = "no_recipient"


class RecipientWrong(BadInput):
    """What stands in `part` is no e-mail address."""

    code = "recipient_wrong"

    def __init__(self, part: str) -> None:
        super().__init__(f"{part!r} is not an e-mail address")
        self.part = part


class TooManyRecipients(BadInput):
    """More people than one message takes."""

    code = "too_many_recipients"

    def __init__(self, count: int) -> None:
        super().__init__(f"the message has {count:,} recipients; it takes at most {MAX_RECIPIENTS}")
        self.part = str(count)


class MessageTooLarge(BadInput):
    """The message is larger than any common provider takes."""

    code = "submission_too_large"


class OriginalNotHere(BadInput):
    """The bytes of the message that is to be sent on are not here yet."""

    code = "original_not_here"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a person wrote it; addresses as typed, several to a string if they like.

    `sender` is (name, address) of one of the account's identities; None: its default.  `in_reply_to` and `references`
    are Message-IDs with their brackets, as `answering.prefill` gives them.  `origin` is the message that it answers or
    forwards, and `act` how; with the act `redirect` its bytes go out as they are, and what is said here of subject,
    words and files does not.
    """

    sender: Pair | None = None
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    files: tuple[Enclosure, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    receipt: bool = False
    priority: Priority = Priority.NORMAL
    origin: MessageId | None = None
    act: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message composed and put away of which nobody was told yet; `columns` are its submission's."""

    account_id: AccountId
    columns: Mapping[str, Any]


def submit(
    scope: Scope,
    account_id: AccountId,
    outgoing: Outgoing,
    clock: Clock,
    *,
    at: datetime | None = None,
    zone: str = "",
    delay_s: int = 0,
    separately: bool = False,
) -> list[SubmissionId]:
    """Queue the message; what is returned is kept even if the power fails now.  Raises `BadInput`.

    `at`: not before that instant, which the person named in the IANA `zone`; `delay_s`: so long it can be taken back;
    `separately`: one message to each recipient, who sees nobody else.
    """
    ready = prepare(scope, account_id, outgoing, clock, at=at, zone=zone, delay_s=delay_s, separately=separately)
    return keep(scope, ready)


def prepare(
    scope: Scope,
    account_id: AccountId,
    outgoing: Outgoing,
    clock: Clock,
    *,
    at: datetime | None = None,
    zone: str = "",
    delay_s: int = 0,
    separately: bool = False,
) -> list[Prepared]:
    """As `submit`, all but the keeping: for who keeps something else along with it.  Outside a transaction."""
    now = clock.now()
    later = at is not None and at > now
    sender, answers_to = choose_sender(scope, accounts.get(scope, account_id), outgoing.sender)
    outgoing = outgoing if any(outgoing.reply_to) or not answers_to else replace(outgoing, reply_to=[answers_to])
    subject, original = _original(scope, outgoing)
    common = {
        "state": step(INITIAL, Signal.HANDED_IN_FOR_LATER if later else Signal.HANDED_IN).value,
        "subject": subject,
        "mail_from": sender[1],
        "created_at": now,
        "scheduled_at": at if later else None,
        "zone": zone,
        "not_before": now + timedelta(seconds=delay_s) if delay_s and not later else None,
        "together": make_token() if separately else "",
        "origin": outgoing.origin,
        "act": outgoing.act,
    }
    prepared, room = [], MAX_SEPARATE_BYTES
    for people in _addressed(outgoing, separately=separately):
        message_id = f"<{make_token(18)}@{_domain(sender[1])}>"
        raw = _compose(
            outgoing, sender, people, message_id, (at if at and later else now).astimezone(_zone(zone)), original
        )
        room -= len(raw)
        if len(raw) > MAX_MESSAGE_BYTES or room < 0:
            raise MessageTooLarge(f"the message has {len(raw):,} bytes; {MAX_MESSAGE_BYTES:,} is the most")
        recipients = [(address, kind) for kind, pairs in people.items() for _, address in pairs]
        names = {address: name for pairs in people.values() for name, address in pairs}
        own = {"message_id": message_id, "recipients": recipients, "names": names, "blob": blobs.put(raw)}
        prepared.append(Prepared(account_id, common | own))
    return prepared


@lane.keeps
def keep(scope: Scope, prepared: Sequence[Prepared]) -> list[SubmissionId]:
    """Their submissions, all or none; for good when the caller's transaction is committed."""
    return [SubmissionId(submissions.create(scope, each.account_id, **each.columns).pk) for each in prepared]


def _original(scope: Scope, outgoing: Outgoing) -> tuple[str, bytes | None]:
    """The subject, and the bytes that are to be sent on as they are, if so."""
    if outgoing.act != REDIRECT or outgoing.origin is None:
        return outgoing.subject, None
    row = messages.get(scope, outgoing.origin)
    if row.blob_id is None:
        raise OriginalNotHere("the bytes of the message are not here yet")
    return row.subject, blobs.get(row.blob_id)


def _addressed(outgoing: Outgoing, *, separately: bool) -> list[dict[str, list[Pair]]]:
    """The recipients of each message by kind, each person once, where they were named first."""
    seen: set[str] = set()
    groups: dict[str, list[Pair]] = {"to": [], "cc": [], "bcc": []}
    for kind, typed in (("to", outgoing.to), ("cc", outgoing.cc), ("bcc", outgoing.bcc)):
        for name, address in _read(typed):
            key = accounts.address_key(address)
            if key not in seen:
                groups[kind].append((name, address))
            seen.add(key)
    if not seen:
        raise NoRecipient("the message has no recipient")
    if len(seen) > MAX_RECIPIENTS:
        raise TooManyRecipients(len(seen))
    return [{"to": [pair]} for pairs in groups.values() for pair in pairs] if separately else [groups]


def _read(typed: Sequence[str]) -> list[Pair]:
    found = [read_typed(text) for text in typed]
    for wrong in (piece for each in found for piece in each.wrong):
        raise RecipientWrong(wrong)
    return [pair for each in found for pair in each.people]


def _domain(address: str) -> str:
    """The sender's: a Message-ID that names this machine would tell where it stands."""
    return write_addr_spec(address).rpartition("@")[2]


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"{name!r} is no time zone") from None


def _compose(
    outgoing: Outgoing,
    sender: Pair,
    people: Mapping[str, Sequence[Pair]],
    message_id: str,
    date: datetime,
    original: bytes | None,
) -> bytes:
    to, cc = tuple(people["to"]), tuple(people.get("cc", ()))
    try:
        if original is not None:
            return make_redirect(original, sender=sender, to=to, cc=cc, message_id=message_id, date=date)
        return make_message(
            Draft(
                sender=sender,
                to=to,
                cc=cc,
                reply_to=tuple(_read(outgoing.reply_to)),
                subject=outgoing.subject,
                text=outgoing.text,
                html=outgoing.html,
                files=outgoing.files,
                message_id=message_id,
                date=date,
                in_reply_to=outgoing.in_reply_to,
                references=outgoing.references,
                receipt_to=sender[1] if outgoing.receipt else "",
                priority=outgoing.priority,
            )
        )
    except (HeaderInjected, AddressUnwritable) as error:
        raise BadInput(str(error)) from None
