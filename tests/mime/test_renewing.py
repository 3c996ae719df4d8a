"""A message that is sent again is the same message under another name."""

from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from yizhan.mime.compose import make_redirect
from yizhan.mime.renewing import domain_of_id, renew

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HEAD = b"From: li@example.test\r\nSubject: hi\r\n"


@pytest.mark.parametrize(
    "fields",
    [
        b"Message-ID: <old@example.test>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0800\r\n",
        b"message-id:\r\n <old@example.test>\r\nDATE: Mon,\r\n\t23 Nov 2026 08:00:00 +0800\r\n",
        b"",
    ],
)
def test_it_has_the_new_id_and_date_once_and_all_the_rest(fields: bytes) -> None:
    body = b"Message-ID: <in the text>\r\n\r\nhello\r\n"
    message = message_from_bytes(renew(HEAD + fields + b"X-Last: 1\r\n\r\n" + body, "<new@example.test>", NOW))
    assert message.get_all("Message-ID") == ["<new@example.test>"]
    assert message.get_all("Date") == ["Tue, 24 Nov 2026 09:30:00 +0000"]
    assert (message["From"], message["Subject"], message["X-Last"]) == ("li@example.test", "hi", "1")
    assert message.get_payload() == body.decode()


def test_of_a_message_that_was_sent_on_the_newest_resent_fields_are_renewed_and_its_own_stay() -> None:
    own = b"Message-ID: <own@example.test>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0800\r\n" + HEAD + b"\r\nhello\r\n"
    once = make_redirect(own, sender=("", "a@x.test"), to=[("", "b@x.test")], message_id="<1@x.test>", date=NOW)
    twice = make_redirect(once, sender=("", "b@x.test"), to=[("", "c@x.test")], message_id="<2@x.test>", date=NOW)
    renewed = renew(twice, "<new@x.test>", NOW)
    assert renewed.endswith(once)
    assert message_from_bytes(renewed).get_all("Resent-Message-ID") == ["<new@x.test>", "<1@x.test>"]


def test_the_domain_of_an_id_is_what_stands_behind_its_at() -> None:
    assert [domain_of_id(each) for each in ("<a.b@example.test>", "<x>", "")] == ["example.test", "", ""]
