"""What a message asks of whom it came to: a read receipt, an answer to an invitation; and what it offers: a way out of
its list.  Nothing here is ever done by itself."""

from dataclasses import replace
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, MessageId, SubmissionId
from yizhan.mime.asks import make_disposition, read_receipt_ask, read_unsubscribe
from yizhan.mime.invitations import read_invitation
from yizhan.mime.replies import Participation, make_reply
from yizhan.mime.structure import Parsed, parse_message
from yizhan.services.messages.reading import BodyNotHere, raw_message
from yizhan.services.messages.unsubscribing import find_leaving
from yizhan.services.outbox.submitting import Outgoing, keep, prepare, submit
from yizhan.store import accounts, identities, lane, messages, receipts, reports
from yizhan.store.models import Message
from yizhan.store.scope import Scope

__all__ = ["NotAsked", "Participation", "answer_invitation", "decline_receipt", "find_asks", "leaving_letter"]
__all__ += ["send_receipt"]

_OWN_ROLES = ("sent", "drafts")
_ACTS = tuple(each.value.lower() for each in Participation)
_READ = {
    "zh-hans": ("已读：", "你发给 {address} 的邮件“{subject}”已打开。这不表示已经读完或同意。\n"),
    "en": (
        "Read: ",
        "Your message “{subject}” to {address} was opened. This does not say that it was read to its end.\n",
    ),
    "ru": (
        "Прочитано: ",
        "Ваше письмо «{subject}» на адрес {address} открыто. Это не значит, что оно прочитано до конца.\n",
    ),
}
_ANSWERED = {
    "zh-hans": {"accepted": "已接受：", "tentative": "暂定：", "declined": "已谢绝："},
    "en": {"accepted": "Accepted: ", "tentative": "Tentative: ", "declined": "Declined: "},
    "ru": {"accepted": "Принято: ", "tentative": "Под вопросом: ", "declined": "Отклонено: "},
}


class NotAsked(BadInput):
    """The message asks for nothing of the kind, or it was answered before."""

    code = "not_asked"


def find_asks(scope: Scope, message_id: MessageId) -> dict[str, Any]:
    """`receipt` (`state to differs`; state is empty, `sent` or `declined`), `list` (`state said post mailto link`),
    `invitation` (`answer`: empty, `accepted`, `tentative` or `declined`), `undelivered` (`address state said` of each
    recipient whom one's own message has not reached); each None or empty when there is none.  Raises `NotFound`.
    """
    row = messages.get(scope, message_id)
    nothing: dict[str, Any] = {"receipt": None, "list": None, "invitation": None, "undelivered": []}
    if _is_own(row):
        return nothing | {"undelivered": _undelivered(scope, row)}
    try:
        parsed = parse_message(raw_message(scope, message_id))
    except BodyNotHere:
        return nothing
    return nothing | {
        "receipt": _receipt(row, parsed),
        "list": _list(scope, message_id, parsed) if row.mailbox.role != "junk" else None,
        "invitation": _invitation(scope, message_id, parsed),
    }


def send_receipt(scope: Scope, message_id: MessageId, language: str, zone: str, clock: Clock) -> SubmissionId:
    """Tell who asks that the message was opened, once; raises `NotAsked`, `NotFound`, `BadInput`."""
    row, parsed = _open(scope, message_id)
    asked = read_receipt_ask(parsed)
    if asked is None:
        raise NotAsked("the message asks for no receipt")
    sender = _addressed_as(scope, row)
    head, words = _READ[language]
    outgoing = replace(
        _answer(row, parsed, sender),
        to=asked.to,
        subject=head + row.subject,
        text=words.format(subject=row.subject, address=sender[1]),
        disposition=make_disposition(sender[1], parsed.header("message-id")),
        act="receipt",
    )
    ready = prepare(scope, AccountId(row.account_id), outgoing, clock, zone=zone)
    with lane.durable("send_receipt"):
        if not receipts.settle(scope, message_id, "sent"):
            raise NotAsked("this was answered before")
        return keep(scope, ready)[0]


def decline_receipt(scope: Scope, message_id: MessageId) -> None:
    """Say nothing, and be asked no more; raises `NotFound`."""
    receipts.settle(scope, message_id, "declined")


def leaving_letter(scope: Scope, message_id: MessageId) -> dict[str, Any]:
    """The content of a draft that leaves the list, from the account that the message came to; raises `NotAsked`,
    `NotFound`."""
    row, parsed = _open(scope, message_id)
    ways = read_unsubscribe(parsed)
    if ways is None or not ways.mailto:
        raise NotAsked("this list names no address to write to")
    words = ways.text or "unsubscribe"
    return {"from": row.account_id, "to": ways.mailto, "subject": ways.subject or words, "text": words, "plain": True}


def answer_invitation(
    scope: Scope, message_id: MessageId, answer: Participation, language: str, zone: str, clock: Clock
) -> SubmissionId:
    """Tell the organiser; a later answer may be another.  Raises `NotAsked`, `NotFound`, `BadInput`."""
    row, parsed = _open(scope, message_id)
    sender = _addressed_as(scope, row)
    asked = read_invitation(_calendar(parsed))
    written = make_reply(_calendar(parsed), sender[1], sender[0], answer, clock.now())
    if asked is None or asked.organiser is None or written is None:
        raise NotAsked("the message invites nobody")
    act = answer.value.lower()
    subject = _ANSWERED[language][act] + row.subject
    outgoing = replace(
        _answer(row, parsed, sender),
        to=[asked.organiser.address],
        subject=subject,
        text=f"{subject}\n",
        calendar=written,
        act=act,
    )
    return submit(scope, AccountId(row.account_id), outgoing, clock, zone=zone)[0]


def _open(scope: Scope, message_id: MessageId) -> tuple[Message, Parsed]:
    return messages.get(scope, message_id), parse_message(raw_message(scope, message_id))


def _answer(row: Message, parsed: Parsed, sender: tuple[str, str]) -> Outgoing:
    own_id = parsed.header("message-id")
    thread = (own_id,) if own_id.startswith("<") else ()
    return Outgoing(sender=sender, in_reply_to="".join(thread), references=thread, origin=MessageId(row.pk))


def _is_own(row: Message) -> bool:
    own = any(accounts.address_key(each["address"]) == row.account.address_key for each in row.senders)
    return own or row.mailbox.role in _OWN_ROLES


def _addressed_as(scope: Scope, row: Message) -> tuple[str, str]:
    """The identity that the message came to, else the account's own address."""
    known = {each.address_key: (each.name, each.address) for each in identities.list_all(scope, row.account_id)}
    named = [accounts.address_key(each["address"]) for each in (*row.to, *row.cc)]
    own = known.get(row.account.address_key, ("", row.account.address))
    return next((known[key] for key in named if key in known), own)


def _receipt(row: Message, parsed: Parsed) -> dict[str, Any] | None:
    asked = read_receipt_ask(parsed)
    if asked is None or "$MDNSent" in row.flags:  # another program said it (RFC 3503)
        return None
    return {"state": row.receipt, "to": list(asked.to), "differs": asked.differs}


def _list(scope: Scope, message_id: MessageId, parsed: Parsed) -> dict[str, Any] | None:
    ways = read_unsubscribe(parsed)
    if ways is None:
        return None
    left = find_leaving(scope, message_id)
    return {
        "state": left.state,
        "request": left.request_id,
        "said": left.said,
        "post": bool(ways.post),
        "mailto": ways.mailto,
        "subject": ways.subject,
        "text": ways.text,
        "link": ways.link,
    }


def _invitation(scope: Scope, message_id: MessageId, parsed: Parsed) -> dict[str, Any] | None:
    calendar = _calendar(parsed)
    if not calendar or "METHOD:REQUEST" not in calendar.upper():
        return None
    return {"answer": receipts.answer_given(scope, message_id, _ACTS)}


def _calendar(parsed: Parsed) -> str:
    return next((leaf.text() for leaf in parsed.leaves if leaf.content_type == "text/calendar"), "")


def _undelivered(scope: Scope, row: Message) -> list[dict[str, Any]]:
    if not row.message_id:
        return []
    sent = reports.find_by_ids(scope.workspace_id, [row.message_id])
    return [
        {"address": who.address, "state": who.state, "said": who.said, "report": who.report_id}
        for each in sent
        for who in each.recipients.all()
        if who.state in ("bounced", "delayed", "refused")
    ]
