"""Lists and opened messages, on both databases."""

import pytest

from tests.services.letters import BORIS, make_letter, receive, receive_many
from tests.store.making import bind
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import MessageId, WorkspaceId
from yizhan.services.messages import listing, reading
from yizhan.services.messages.listing import Wanted
from yizhan.store import messages
from yizhan.store.models import Message
from yizhan.store.scope import Scope

REPORT = b"""From: MAILER-DAEMON@example.org\r
Content-Type: multipart/report; report-type=delivery-status; boundary=b\r
\r
--b\r
\r
It did not arrive.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.org\r
\r
Final-Recipient: rfc822; li@example.net\r
Action: failed\r
Status: 5.1.1\r
Diagnostic-Code: smtp; 550 5.1.1 no such user\r
--b--\r
"""
PNG = b"\x89PNG\r\n\x1a\n"


def ids(page: dict[str, object]) -> list[int]:
    return [row["uid"] for row in page["messages"]]  # type: ignore[index,attr-defined]


def test_pages_follow_one_another_and_the_last_says_so(scope: Scope) -> None:
    receive_many(bind(scope), [None] * 7)
    first = listing.list_page(scope, Wanted(), size=3)
    second = listing.list_page(scope, Wanted(), first["next"], size=3)
    third = listing.list_page(scope, Wanted(), second["next"], size=3)
    assert [ids(page) for page in (first, second, third)] == [[7, 6, 5], [4, 3, 2], [1]]
    assert third["next"] == ""


def test_a_page_stays_when_the_message_at_its_edge_goes(scope: Scope) -> None:
    receive_many(bind(scope), [None] * 5)
    first = listing.list_page(scope, Wanted(), size=2)
    gone = Message.objects.get(uid=4)
    messages.remove_uids(gone.mailbox_id, gone.uid_validity, [4], None)
    assert ids(listing.list_page(scope, Wanted(), first["next"], size=2)) == [3, 2]


@pytest.mark.parametrize("cursor", ["x", "1", "-1-2", "1-2-3", "9" * 40 + "-1", "1-" + "9" * 40])
def test_a_cursor_that_is_none_is_refused(scope: Scope, cursor: str) -> None:
    with pytest.raises(BadInput):
        listing.list_page(scope, Wanted(), cursor)


def test_filters_narrow_a_list(scope: Scope) -> None:
    with_file = make_letter()
    with_file.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    receive_many(bind(scope), [None, with_file.as_bytes(), None])
    Message.objects.filter(uid=1).update(seen=True)
    Message.objects.filter(uid=3).update(flagged=True)
    other = receive(scope, None, "second@example.com")
    assert ids(listing.list_page(scope, Wanted(attached=True))) == [2]
    assert ids(listing.list_page(scope, Wanted(flagged=True))) == [3]
    assert len(ids(listing.list_page(scope, Wanted(unseen=True)))) == 3
    assert ids(listing.list_page(scope, Wanted(account_id=other.account_id))) == [1]
    assert ids(listing.list_page(scope, Wanted(role="sent"))) == []
    assert listing.in_inboxes(Wanted()).role == "inbox"


def test_neighbours_are_those_of_the_list(scope: Scope) -> None:
    rows = receive_many(bind(scope), [None] * 3)
    near = listing.neighbours(scope, Wanted(), MessageId(rows[1].pk))
    assert near == {"newer": rows[2].pk, "older": rows[0].pk}
    Message.objects.filter(uid=3).update(seen=True)
    assert listing.neighbours(scope, Wanted(unseen=True), MessageId(rows[1].pk))["newer"] is None


def test_a_list_and_a_message_of_another_workspace_are_not_there(scope: Scope) -> None:
    row = receive(scope, make_letter().as_bytes())
    stranger = Scope(WorkspaceId(scope.workspace_id + 1))
    assert listing.list_page(stranger, Wanted())["messages"] == []
    for read in (reading.open_message, reading.raw_message, reading.read_header):
        with pytest.raises(NotFound):
            read(stranger, MessageId(row.pk))
    with pytest.raises(NotFound):
        reading.read_file(stranger, MessageId(row.pk), "1")


def test_an_opened_message_says_what_it_is_and_what_was_blocked(scope: Scope) -> None:
    letter = make_letter(Reply_To="desk@example.org")
    letter.add_alternative('<p style="color:red">x</p><img src="http://a.example/1" width=9 height=9>', subtype="html")
    letter.add_attachment(b"<script>", maintype="text", subtype="html", filename="../../a\u202e.html")
    row = receive(scope, letter.as_bytes())
    opened = reading.open_message(scope, MessageId(row.pk))
    assert (opened["body"], opened["blocked_count"], opened["sets_colours"]) == ("html", 1, True)
    assert opened["blocked"] == [{"host": "a.example", "width": 9, "height": 9}]
    assert [(file["filename"], file["part"]) for file in opened["attachments"]] == [("a.html", "2")]
    assert (opened["reply_to"], opened["from"]) == ("desk@example.org", [BORIS])
    file = reading.read_file(scope, MessageId(row.pk), "2")
    assert (file.filename, file.content_type, file.data.strip()) == (
        "a.html",
        "application/octet-stream",
        b"<script>",
    )
    with pytest.raises(NotFound):
        reading.read_file(scope, MessageId(row.pk), "9")


def test_a_picture_of_the_message_is_shown_and_nothing_else_as_one(scope: Scope) -> None:
    letter = make_letter()
    letter.add_alternative('<img src="cid:a@x"><img src="cid:b@x">', subtype="html")
    inner = letter.get_payload()[1]  # type: ignore[index]
    inner.add_related(PNG, "image", "png", cid="<a@x>")  # type: ignore[union-attr]
    inner.add_related(b"<svg onload=x>", "image", "png", cid="<b@x>")  # type: ignore[union-attr]
    row = receive(scope, letter.as_bytes())
    body = reading.open_body(scope, MessageId(row.pk), lambda part: f"/p/{part}", lambda _: "", lambda _: None)
    assert body.html.strip() == '<img src="/p/2.2" alt=""><img src="/p/2.3" alt="">'
    assert reading.read_image(scope, MessageId(row.pk), "2.2").content_type == "image/png"
    with pytest.raises(NotFound):
        reading.read_image(scope, MessageId(row.pk), "2.3")
    assert reading.open_message(scope, MessageId(row.pk))["attachments"] == []


def test_a_message_whose_bytes_are_not_here_says_so(scope: Scope) -> None:
    row = receive(scope, None)
    assert reading.open_message(scope, MessageId(row.pk))["body"] == "absent"
    with pytest.raises(NotFound):
        reading.raw_message(scope, MessageId(row.pk))


def test_a_report_by_the_standard_is_told_for_each_recipient(scope: Scope) -> None:
    [reported] = reading.open_message(scope, MessageId(receive(scope, REPORT).pk))["report"].recipients
    told = (reported.addresses, reported.outcome, reported.status, reported.said)
    assert told == (("li@example.net",), "failed", "5.1.1", "550 5.1.1 no such user")
    other = receive(scope, make_letter().as_bytes(), "second@example.com")
    assert reading.open_message(scope, MessageId(other.pk))["report"] is None
