"""Hand a message in: composed once, kept for good before the person is told it is queued."""

from collections.abc import Sequence
from dataclasses import dataclass

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, SubmissionId, make_token
from yizhan.mime.compose import AddressNotAscii, Draft, HeaderInjected, make_message
from yizhan.mime.headers import read_addresses
from yizhan.services.outbox.lifecycle import INITIAL, Signal, step
from yizhan.store import accounts, blobs, submissions
from yizhan.store.scope import Scope

MAX_RECIPIENTS = 500  # QQ and Yandex stop there for a whole day; a longer list is a mistake or a campaign
MAX_MESSAGE_BYTES = 70 * 1024 * 1024  # QQ's SIZE, the largest of the common providers' but Microsoft's


class NoRecipient(BadInput):
    """Nobody is named to send it to."""

    code = "no_recipient"


class RecipientWrong(BadInput):
    """What stands in `part` is no e-mail address."""

    code = "recipient_wrong"

    def __init__(self, part: str) -> None:
        super().__init__(f"{part!r} is not an e-mail address")
        self.part = part


class MessageTooLarge(BadInput):
    """The message is larger than any common provider takes."""

    code = "submission_too_large"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a person wrote it; addresses as typed, several to a string if they like.

    `in_reply_to` and `references` are Message-IDs with their brackets, as `answering.prefill` gives them.
    """

    to: Sequence[str]
    cc: Sequence[str]
    bcc: Sequence[str]
    subject: str
    text: str
    html: str
    attachments: tuple[tuple[str, bytes], ...]
    reply_to: Sequence[str] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


def submit(scope: Scope, account_id: AccountId, outgoing: Outgoing, clock: Clock) -> SubmissionId:
    """Queue the message; what is returned is kept even if the power fails now.  Raises `BadInput`."""
    account = accounts.get(scope, account_id)
    groups = {"to": _read(outgoing.to), "cc": _read(outgoing.cc), "bcc": _read(outgoing.bcc)}
    once = {address.lower(): (address, kind) for kind in reversed(groups) for _, address in groups[kind]}
    if not once:
        raise NoRecipient("the message has no recipient")
    if len(once) > MAX_RECIPIENTS:
        raise BadInput(f"the message has {len(once)} recipients; it takes at most {MAX_RECIPIENTS}")
    draft = Draft(
        sender=account.address,
        to=tuple(groups["to"]),
        cc=tuple(groups["cc"]),
        reply_to=tuple(_read(outgoing.reply_to)),
        subject=outgoing.subject,
        text=outgoing.text,
        html=outgoing.html,
        attachments=outgoing.attachments,
        message_id=f"<{make_token(18)}@{_ascii_domain(account.address)}>",
        date=clock.now(),
        in_reply_to=outgoing.in_reply_to,
        references=outgoing.references,
    )
    submission = submissions.create(
        scope,
        account_id,
        state=step(INITIAL, Signal.HANDED_IN).value,
        subject=outgoing.subject,
        message_id=draft.message_id,
        mail_from=account.address,
        recipients=list(once.values()),
        blob=blobs.put(_compose(draft)),
        created_at=clock.now(),
    )
    return SubmissionId(submission.pk)


def _read(typed: Sequence[str]) -> list[tuple[str, str]]:
    found = [(text, read_addresses(text)) for text in typed]
    for text, pairs in found:
        if not pairs:
            raise RecipientWrong(text.strip())
    every = [pair for _, pairs in found for pair in pairs]
    for _, address in every:
        local, at, domain = address.rpartition("@")
        if not (local and at and domain) or any(char.isspace() for char in address):
            raise RecipientWrong(address)
    return every


def _ascii_domain(address: str) -> str:
    """The sender's domain: a Message-ID that names this machine would tell where it stands."""
    return address.rpartition("@")[2].encode("idna").decode("ascii")


def _compose(draft: Draft) -> bytes:
    try:
        raw = make_message(draft)
    except (HeaderInjected, AddressNotAscii) as error:
        raise BadInput(str(error)) from None
    if len(raw) > MAX_MESSAGE_BYTES:
        raise MessageTooLarge(f"the message has {len(raw):,} bytes; {MAX_MESSAGE_BYTES:,} is the most")
    return raw
