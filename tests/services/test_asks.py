"""What a message asks of whom it came to."""

from typing import Any

import pytest

from tests.mime.test_asks import INVITATION
from tests.services.letters import make_letter, receive
from tests.services.test_answering import FixedClock
from yizhan.base.ids import AccountId, MessageId
from yizhan.mime.invitations import read_invitation
from yizhan.mime.replies import Participation
from yizhan.mime.structure import parse_message
from yizhan.services.messages.unsubscribing import NotOffered, ask_to_leave
from yizhan.services.outbox.submitting import Outgoing, submit
from yizhan.services.writing import asks, identities
from yizhan.store import blobs, requests, submissions
from yizhan.store.models import Message, Submission
from yizhan.store.scope import Scope

TO = [{"name": "", "address": "sales@example.net"}]


def come(scope: Scope, *, calendar: str = "", **headers: str) -> MessageId:
    letter = make_letter(From="boris@example.org", **headers)
    if calendar:
        letter.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"})
    row = receive(scope, letter.as_bytes(), to=TO)
    identities.add(scope, AccountId(row.account_id), "sales@example.net", "Отдел")
    return MessageId(row.pk)


def found(scope: Scope, message_id: MessageId) -> dict[str, Any]:
    return asks.find_asks(scope, message_id)


def handed_in(scope: Scope) -> list[Submission]:
    return submissions.list_all(scope)


def test_a_receipt_is_sent_when_the_person_says_so_and_once(scope: Scope) -> None:
    number = come(scope, Disposition_Notification_To="Boris <boris@example.org>")
    assert found(scope, number)["receipt"] == {"state": "", "to": ["boris@example.org"], "differs": False}
    assert handed_in(scope) == []
    asks.send_receipt(scope, number, "ru", "Europe/Moscow", FixedClock())
    assert found(scope, number)["receipt"]["state"] == "sent"
    with pytest.raises(asks.NotAsked):
        asks.send_receipt(scope, number, "ru", "", FixedClock())
    [row] = handed_in(scope)
    raw = blobs.get(str(row.blob_id))
    parsed = parse_message(raw)
    assert [each.address for each in row.recipients.all()] == ["boris@example.org"]
    assert parsed.header("from") == "Отдел <sales@example.net>"
    assert parsed.header("in-reply-to") == "<q1@example.org>"
    assert [leaf.content_type for leaf in parsed.leaves] == ["text/plain", "message/disposition-notification"]
    assert b"Content-Type: multipart/report; report-type=disposition-notification;" in raw
    assert b"Final-Recipient: rfc822;sales@example.net" in parsed.leaves[1].data()


def test_a_declined_receipt_is_not_asked_for_again(scope: Scope) -> None:
    number = come(scope, Disposition_Notification_To="boris@example.org")
    asks.decline_receipt(scope, number)
    assert found(scope, number)["receipt"]["state"] == "declined"
    with pytest.raises(asks.NotAsked):
        asks.send_receipt(scope, number, "en", "", FixedClock())
    assert handed_in(scope) == []


def test_a_receipt_that_another_program_sent_is_not_asked_for(scope: Scope) -> None:
    number = come(scope, Disposition_Notification_To="boris@example.org")
    Message.objects.filter(pk=number).update(flags=["$MDNSent"])
    assert found(scope, number)["receipt"] is None


def test_a_message_that_asks_for_nothing_is_told_nothing(scope: Scope) -> None:
    number = come(scope)
    assert found(scope, number) == {"receipt": None, "list": None, "invitation": None, "undelivered": []}
    with pytest.raises(asks.NotAsked):
        asks.send_receipt(scope, number, "en", "", FixedClock())
    with pytest.raises(asks.NotAsked):
        asks.answer_invitation(scope, number, Participation.ACCEPTED, "en", "", FixedClock())
    with pytest.raises(NotOffered):
        ask_to_leave(scope, number)


def test_an_invitation_is_answered_to_its_organiser_and_may_be_answered_anew(scope: Scope) -> None:
    number = come(scope, calendar=INVITATION)
    assert found(scope, number)["invitation"] == {"answer": ""}
    asks.answer_invitation(scope, number, Participation.ACCEPTED, "zh-hans", "", FixedClock())
    asks.answer_invitation(scope, number, Participation.DECLINED, "zh-hans", "", FixedClock())
    assert found(scope, number)["invitation"] == {"answer": "declined"}
    newest = handed_in(scope)[0]
    raw = blobs.get(str(newest.blob_id))
    calendar = parse_message(raw).leaves[1]
    told = read_invitation(calendar.text())
    assert told is not None
    assert (newest.subject, calendar.content_type, calendar.parameters["method"]) == (
        "已谢绝：Price",
        "text/calendar",
        "REPLY",
    )
    assert [(each.address, each.status) for each in told.attendees] == [("sales@example.net", "DECLINED")]
    assert [each.address for each in newest.recipients.all()] == ["boris@example.org"]


def test_a_list_is_left_by_a_request_and_only_when_asked(scope: Scope) -> None:
    number = come(
        scope,
        List_Unsubscribe="<https://news.example/u?t=1>, <mailto:out@news.example>",
        List_Unsubscribe_Post="List-Unsubscribe=One-Click",
    )
    offered = found(scope, number)["list"]
    assert (offered["state"], offered["post"], offered["mailto"]) == ("", True, "out@news.example")
    request_id = ask_to_leave(scope, number)
    assert found(scope, number)["list"]["state"] == "coming"
    requests.settle(
        request_id, False, {"error": {"code": "unsubscribe_not_offered", "detail": "the list answered 500"}}
    )
    assert (found(scope, number)["list"]["state"], found(scope, number)["list"]["said"]) == (
        "failed",
        "the list answered 500",
    )


def test_ones_own_message_tells_whom_it_has_not_reached(scope: Scope) -> None:
    row = receive(scope, make_letter().as_bytes(), from_=[{"name": "", "address": "anna@example.com"}])
    told = Outgoing(to=["boris@example.org, chen@example.cn"], subject="x")
    [number] = submit(scope, AccountId(row.account_id), told, FixedClock())
    Submission.objects.filter(pk=number).update(message_id=row.message_id)
    submissions.set_recipients(number, {"chen@example.cn": ("refused", "550 no such user")})
    assert found(scope, MessageId(row.pk))["undelivered"] == [
        {"address": "chen@example.cn", "state": "refused", "said": "550 no such user", "report": None}
    ]
