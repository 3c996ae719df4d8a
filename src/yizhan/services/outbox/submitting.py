"""Hand a message in: composed once, kept for good before the person is told it is queued."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, SubmissionId, make_token
from yizhan.mime.addresses import Address, parse_addresses
from yizhan.mime.compose import Attachment, Draft, make_message
from yizhan.services.outbox.lifecycle import INITIAL, Signal, step
from yizhan.store import accounts, blobs, submissions
from yizhan.store.models import Account
from yizhan.store.scope import Scope

MAX_RECIPIENTS = 500  # QQ and Yandex stop there for a whole day; a longer list is a mistake or a campaign
MAX_MESSAGE_BYTES = 70 * 1024 * 1024  # QQ's SIZE, the largest of the common providers' but Microsoft's


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a person wrote it; addresses as typed, several to a string if they like."""

    to: Sequence[str]
    subject: str
    text: str
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    html: str | None = None
    attachments: Sequence[Attachment] = ()
    in_reply_to: str = ""
    references: Sequence[str] = ()
    scheduled_at: datetime | None = None


def submit(scope: Scope, account_id: AccountId, outgoing: Outgoing, clock: Clock) -> SubmissionId:
    """Queue the message; what is returned is kept even if the power fails now.  Raises `BadInput`."""
    account = accounts.get(scope, account_id)
    to, cc, bcc = (_read(field, typed) for field, typed in _fields(outgoing))
    _refuse_count(len(to) + len(cc) + len(bcc))
    draft = _draft(account, outgoing, to, cc, clock)
    raw = make_message(draft)
    if len(raw) > MAX_MESSAGE_BYTES:
        raise BadInput(f"the message has {len(raw):,} bytes; {MAX_MESSAGE_BYTES:,} is the most")
    recipients = [(each.address, kind) for kind, group in (("to", to), ("cc", cc), ("bcc", bcc)) for each in group]
    signal = Signal.HANDED_IN_FOR_LATER if outgoing.scheduled_at else Signal.HANDED_IN
    submission = submissions.create(
        scope,
        account_id,
        state=step(INITIAL, signal).value,
        subject=outgoing.subject,
        message_id=draft.message_id,
        mail_from=account.address,
        recipients=_once(recipients),
        blob=blobs.put(raw),
        scheduled_at=outgoing.scheduled_at,
        created_at=clock.now(),
    )
    return SubmissionId(submission.pk)


def _fields(outgoing: Outgoing) -> tuple[tuple[str, Sequence[str]], ...]:
    return (("To", outgoing.to), ("Cc", outgoing.cc), ("Bcc", outgoing.bcc))


def _read(field: str, typed: Sequence[str]) -> list[Address]:
    found = [address for text in typed for address in parse_addresses(text) if text.strip()]
    for address in found:
        local, at, domain = address.address.rpartition("@")
        if not (local and at and domain) or any(char.isspace() for char in address.address):
            raise BadInput(f"{address.address or address.name!r} in {field} is not an e-mail address")
    return found


def _refuse_count(count: int) -> None:
    if count == 0:
        raise BadInput("the message has no recipient")
    if count > MAX_RECIPIENTS:
        raise BadInput(f"the message has {count} recipients; {MAX_RECIPIENTS} is the most")


def _once(recipients: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each address once: a person in both To and Cc gets one copy."""
    seen: dict[str, tuple[str, str]] = {}
    for address, kind in recipients:
        seen.setdefault(address.lower(), (address, kind))
    return list(seen.values())


def _draft(account: Account, outgoing: Outgoing, to: list[Address], cc: list[Address], clock: Clock) -> Draft:
    domain = account.address.rpartition("@")[2].encode("idna").decode("ascii")
    return Draft(
        from_=Address("", account.address),
        to=tuple(to),
        cc=tuple(cc),
        bcc=(),
        subject=outgoing.subject,
        text=outgoing.text,
        html=outgoing.html,
        attachments=tuple(outgoing.attachments),
        in_reply_to=outgoing.in_reply_to,
        references=tuple(outgoing.references),
        message_id=f"<{make_token(18)}@{domain}>",
        date=clock.now(),
    )
