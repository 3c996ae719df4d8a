"""As whom an account sends, and what the provider makes of it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.services.letters import make_letter, receive
from tests.services.test_answering import FixedClock
from tests.store.making import NOON, bind
from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MessageId, WorkspaceId
from yizhan.mime.structure import Parsed, parse_message
from yizhan.services.outbox.senders import SenderNotPermitted, SenderUnknown, note_verdict
from yizhan.services.outbox.submitting import Outgoing, Priority, TooManyRecipients, submit
from yizhan.services.writing import identities
from yizhan.store import blobs, submissions
from yizhan.store.errors import IdentityExists
from yizhan.store.models import Submission
from yizhan.store.scope import Scope

REFUSED: dict[str, Any] = {"stage": "mail-from", "cause": "sender_not_allowed", "evidence": "553", "retry": "never"}
REFUSED |= {"retry_after_s": None, "candidates": []}


def listed(scope: Scope, account_id: int) -> list[tuple[str, str, bool]]:
    rows = identities.list_identities(scope, AccountId(account_id), "en")
    return [(each["name"], each["address"], each["is_default"]) for each in rows]


def send(scope: Scope, account_id: int, **fields: Any) -> list[Submission]:
    options = {name: fields.pop(name) for name in ("at", "zone", "delay_s", "separately") if name in fields}
    told = Outgoing(**{"to": ["boris@example.org"], "subject": "Hi", "text": "x"} | fields)
    return [
        submissions.get(scope, each) for each in submit(scope, AccountId(account_id), told, FixedClock(), **options)
    ]


def bytes_of(row: Submission) -> Parsed:
    return parse_message(blobs.get(str(row.blob_id)))


def test_an_account_has_its_bare_address_until_it_is_given_names(scope: Scope) -> None:
    account = bind(scope)
    assert listed(scope, account.pk) == [("", "anna@example.com", True)]
    identities.add(scope, AccountId(account.pk), "sales@пример.рф", "Отдел продаж", "desk@example.com", default=True)
    assert listed(scope, account.pk) == [("Отдел продаж", "sales@пример.рф", True), ("", "anna@example.com", False)]
    own = identities.add(scope, AccountId(account.pk), "Anna@Example.com", "Anna")
    identities.choose_default(scope, own)
    identities.edit(scope, own, "Anna  Ivanova", "")
    assert listed(scope, account.pk)[0] == ("Anna Ivanova", "Anna@Example.com", True)
    identities.remove(scope, own)
    assert [each[1] for each in listed(scope, account.pk)] == ["anna@example.com", "sales@пример.рф"]


@pytest.mark.parametrize(("address", "reply_to"), [("nobody", ""), ("a@x.org, b@x.org", ""), ("a@x.org", "no")])
def test_an_identity_is_one_address(scope: Scope, address: str, reply_to: str) -> None:
    with pytest.raises(identities.IdentityWrong):
        identities.add(scope, AccountId(bind(scope).pk), address, "", reply_to)


def test_an_address_is_an_identity_once_and_of_ones_own_accounts_only(scope: Scope) -> None:
    other_scope = Scope(WorkspaceId(scope.workspace_id + 1))
    account_id = AccountId(bind(scope).pk)
    number = identities.add(scope, account_id, "a@x.org")
    with pytest.raises(IdentityExists):
        identities.add(scope, account_id, "A@X.org")
    with pytest.raises(NotFound):
        identities.add(other_scope, account_id, "b@x.org")
    with pytest.raises(NotFound):
        identities.remove(other_scope, number)


def test_a_provider_that_wants_the_login_as_sender_is_not_asked(scope: Scope) -> None:
    account_id = AccountId(bind(scope, "li@mail.ru", provider="mailru").pk)
    assert not identities.may_add(scope, account_id)
    with pytest.raises(SenderNotPermitted):
        identities.add(scope, account_id, "sales@example.com")
    identities.add(scope, account_id, "li@mail.ru", "李")
    with pytest.raises(SenderUnknown):
        send(scope, account_id, sender=("", "sales@example.com"))


def test_what_is_sent_names_the_default_identity(scope: Scope) -> None:
    account_id = bind(scope).pk
    identities.add(scope, AccountId(account_id), "sales@example.net", "张三", "desk@example.net", default=True)
    [row] = send(scope, account_id)
    parsed = bytes_of(row)
    assert parsed.header("from") == "张三 <sales@example.net>"
    assert parsed.header("reply-to") == "desk@example.net"
    assert (row.mail_from, row.message_id.partition("@")[2]) == ("sales@example.net", "example.net>")


def test_a_senders_refusal_is_shown_at_the_identity_until_the_server_takes_it(scope: Scope) -> None:
    account_id = AccountId(bind(scope).pk)
    identities.add(scope, account_id, "sales@example.net", default=True)
    [row] = send(scope, account_id)
    note_verdict(row, {**REFUSED, "cause": "spam_rejected"})
    assert identities.list_identities(scope, account_id, "en")[0]["diagnosis"] is None
    note_verdict(row, REFUSED)
    assert identities.list_identities(scope, account_id, "en")[0]["diagnosis"]["cause"] == "sender_not_allowed"
    note_verdict(row, None)
    assert identities.list_identities(scope, account_id, "en")[0]["diagnosis"] is None


def test_a_message_has_its_time_its_zone_and_its_wishes(scope: Scope) -> None:
    account_id, at = bind(scope).pk, NOON + timedelta(hours=5)
    [row] = send(scope, account_id, at=at, zone="Asia/Shanghai", receipt=True, priority=Priority.HIGH)
    parsed = bytes_of(row)
    assert parsed.header("date") == "Tue, 24 Nov 2026 01:00:00 +0800"
    assert parsed.header("disposition-notification-to") == "anna@example.com"
    assert (parsed.header("x-priority"), parsed.header("importance")) == ("1", "high")
    assert (row.state, row.scheduled_at, row.zone, row.not_before) == ("scheduled", at, "Asia/Shanghai", None)
    [now] = send(scope, account_id, delay_s=10, at=NOON)
    assert (now.state, now.scheduled_at, now.not_before) == ("queued", None, NOON + timedelta(seconds=10))


def test_sent_separately_each_sees_only_themselves(scope: Scope) -> None:
    people = {"to": ["Anna <a@x.org>, b@x.org"], "cc": ["A@x.org; c@x.org"], "bcc": ["d@x.org"]}
    rows = send(scope, bind(scope).pk, separately=True, **people)
    assert [bytes_of(row).header("to") for row in rows] == ["Anna <a@x.org>", "b@x.org", "c@x.org", "d@x.org"]
    assert [[each.address for each in row.recipients.all()] for row in rows] == [
        ["a@x.org"],
        ["b@x.org"],
        ["c@x.org"],
        ["d@x.org"],
    ]
    assert len({row.message_id for row in rows}) == 4
    assert len({row.together for row in rows} - {""}) == 1
    assert b"@x.org" not in blobs.get(str(rows[0].blob_id)).replace(b"a@x.org", b"")


def test_each_recipient_is_named_once_where_they_stand_first(scope: Scope) -> None:
    [row] = send(scope, bind(scope).pk, to=["Anna <a@x.org>, A@X.ORG"], cc=["a@x.org, b@x.org"], bcc=["b@x.org"])
    assert (bytes_of(row).header("to"), bytes_of(row).header("cc")) == ("Anna <a@x.org>", "b@x.org")
    assert [(each.name, each.address, each.kind) for each in row.recipients.order_by("id")] == [
        ("Anna", "a@x.org", "to"),
        ("", "b@x.org", "cc"),
    ]


def test_a_list_of_five_thousand_is_refused_with_its_number(scope: Scope) -> None:
    with pytest.raises(TooManyRecipients, match="5,000"):
        send(scope, bind(scope).pk, to=[", ".join(f"n{n}@x.org" for n in range(5_000))])


def test_a_redirected_message_goes_on_as_it_is(scope: Scope) -> None:
    letter = make_letter().as_bytes()
    origin = receive(scope, letter)
    [row] = send(scope, origin.account_id, act="redirect", origin=MessageId(origin.pk), bcc=["b@x.org"], subject="no")
    raw = blobs.get(str(row.blob_id))
    assert raw.endswith(letter)
    assert raw.startswith(b"Resent-Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nResent-From: anna@example.com\r\n")
    assert b"b@x.org" not in raw
    assert (row.subject, parse_message(raw).header("resent-message-id")) == ("Price", row.message_id)
