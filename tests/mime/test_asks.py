"""Receipts asked for, ways out of a list, answers to invitations."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from yizhan.mime.asks import ReceiptAsk, Unsubscribe, make_disposition, read_receipt_ask, read_unsubscribe
from yizhan.mime.invitations import Attendee, read_invitation
from yizhan.mime.replies import Participation, make_reply
from yizhan.mime.structure import parse_message

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
INVITATION = """BEGIN:VCALENDAR
PRODID:-//x//EN
VERSION:2.0
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Asia/Shanghai
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:event-1@example.org
SEQUENCE:2
SUMMARY:周会 / Планёрка
LOCATION:Room 5
DTSTART;TZID=Asia/Shanghai:20261201T100000
DTEND;TZID=Asia/Shanghai:20261201T110000
ORGANIZER;CN=Boris:mailto:boris@example.org
ATTENDEE;CN=Anna;PARTSTAT=NEEDS-ACTION:mailto:anna@example.com
ATTENDEE:mailto:chen@example.cn
DESCRIPTION:secret words
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def header(*fields: str) -> bytes:
    return "\r\n".join([*fields, "", "Hello"]).encode()


@pytest.mark.parametrize(
    ("fields", "to", "differs"),
    [
        (["From: b@x.org", "Disposition-Notification-To: Boris <b@x.org>"], ("b@x.org",), False),
        (["From: b@x.org", "Disposition-Notification-To: spy@y.org"], ("spy@y.org",), True),
        (["Return-Path: <l@y.org>", "From: b@x.org", "Disposition-Notification-To: b@x.org"], ("b@x.org",), True),
        (["From: b@x.org", "Disposition-Notification-To: b@x.org, c@x.org"], ("b@x.org", "c@x.org"), True),
    ],
)
def test_who_asks_for_a_receipt_is_told_and_whether_they_sent_it(
    fields: list[str], to: tuple[str, ...], differs: bool
) -> None:
    found = read_receipt_ask(parse_message(header(*fields)))
    assert found is not None
    assert (found.to, found.differs) == (to, differs)


@pytest.mark.parametrize("value", ["", "nobody", "<>", "a b c"])
def test_an_ask_without_an_address_is_none(value: str) -> None:
    assert read_receipt_ask(parse_message(header("From: b@x.org", f"Disposition-Notification-To: {value}"))) is None


def test_a_receipt_names_no_program() -> None:
    assert make_disposition("anna@example.com", "<q@x>").splitlines() == [
        "Final-Recipient: rfc822;anna@example.com",
        "Original-Message-ID: <q@x>",
        "Disposition: manual-action/MDN-sent-manually; displayed",
    ]


PAGE = "https://news.example/u?t=1"
ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ([f"List-Unsubscribe: <{PAGE}>", ONE_CLICK], Unsubscribe(PAGE, "", "", "", PAGE)),
        ([f"List-Unsubscribe: <{PAGE}>"], Unsubscribe("", "", "", "", PAGE)),
        (
            ["List-Unsubscribe: <http://news.example/u>", ONE_CLICK],
            Unsubscribe("", "", "", "", "http://news.example/u"),
        ),
        (
            [f"List-Unsubscribe: <mailto:out@news.example?subject=leave%20me&body=now>,\r\n <{PAGE}>"],
            Unsubscribe("", "out@news.example", "leave me", "now", PAGE),
        ),
        (
            ["List-Unsubscribe: <mailto:a@b.c?subject=x%0d%0aBcc:d@e.f>"],
            Unsubscribe("", "a@b.c", "x Bcc:d@e.f", "", ""),
        ),
    ],
)
def test_the_ways_out_of_a_list_are_read(fields: list[str], found: Unsubscribe) -> None:
    assert read_unsubscribe(parse_message(header(*fields))) == found


@pytest.mark.parametrize(
    "value",
    [
        "",
        "unsubscribe",
        "<javascript:alert(1)>",
        "<file:///etc/passwd>",
        "<https://a@b.example/>",
        "<mailto:nobody>",
        "<>",
    ],
)
def test_what_is_no_way_out_is_not_offered(value: str) -> None:
    assert read_unsubscribe(parse_message(header(f"List-Unsubscribe: {value}", ONE_CLICK))) is None


@given(st.binary(max_size=600))
def test_garbage_asks_for_nothing_that_fails(data: bytes) -> None:
    fields = (b"List-Unsubscribe: <" + data + b">\r\nDisposition-Notification-To: " + data).replace(b"\x00", b"")
    parsed = parse_message(fields + b"\r\n\r\n" + data)
    assert isinstance(read_unsubscribe(parsed), Unsubscribe | None)
    assert isinstance(read_receipt_ask(parsed), ReceiptAsk | None)
    assert make_reply(data.decode("latin-1"), "a@x.org", "", Participation.ACCEPTED, NOW) is None


def test_an_answer_names_the_event_and_the_one_who_answers_and_nobody_else() -> None:
    written = make_reply(INVITATION, "anna@example.com", "Анна", Participation.TENTATIVE, NOW)
    assert written is not None
    told = read_invitation(written)
    assert told is not None
    assert (told.method, told.title, told.attendees) == (
        "REPLY",
        "周会 / Планёрка",
        (Attendee("Анна", "anna@example.com", "TENTATIVE"),),
    )
    [event] = Calendar.from_ical(written).walk("VEVENT")
    assert (str(event["UID"]), event["SEQUENCE"]) == ("event-1@example.org", 2)
    assert str(event["ORGANIZER"]) == "mailto:boris@example.org"
    assert event["DTSTART"].dt.isoformat() == "2026-12-01T10:00:00+08:00"
    assert "chen@" not in written
    assert "secret words" not in written


@pytest.mark.parametrize(
    "text",
    [
        "",
        INVITATION.replace("REQUEST", "CANCEL"),
        INVITATION.replace("ORGANIZER;CN=Boris:mailto:boris@example.org\r\n", ""),
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
        "x" * 300_000,
    ],
)
def test_what_invites_nobody_gets_no_answer(text: str) -> None:
    assert make_reply(text, "anna@example.com", "", Participation.ACCEPTED, NOW) is None
