"""Answers: to whom, under which subject, in which thread, and what they quote."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.services.letters import ANNA, BORIS, CHEN, make_letter, receive
from tests.store.making import NOON, bind
from yizhan.base.ids import AccountId, MessageId
from yizhan.mime.compose import Enclosure
from yizhan.mime.structure import parse_message
from yizhan.services.outbox import listing
from yizhan.services.outbox.submitting import MessageTooLarge, NoRecipient, Outgoing, RecipientWrong, submit
from yizhan.services.writing.answering import Answer, Prefill, complete_html, forwarded_files, prefill
from yizhan.store import blobs, submissions
from yizhan.store.scope import Scope

SHANGHAI = ZoneInfo("Asia/Shanghai")


class FixedClock:
    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0


def answer(scope: Scope, kind: Answer = Answer.REPLY, language: str = "en", **fields: Any) -> Prefill:
    headers = fields.pop("headers", {})
    row = receive(scope, make_letter(**headers).as_bytes(), **fields)
    return prefill(scope, MessageId(row.pk), kind, language, UTC)


def addresses(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [address for _, address in pairs]


def test_a_reply_goes_to_the_sender_in_the_thread(scope: Scope) -> None:
    filled = answer(scope, to=[ANNA, CHEN], cc=[CHEN])
    assert (filled.to, filled.cc, filled.subject) == ((("Борис", "boris@example.org"),), (), "Re: Price")
    assert filled.in_reply_to == "<q1@example.org>"
    assert filled.references == ("<q0@example.org>", "<q1@example.org>")


def test_a_reply_to_all_leaves_oneself_out_and_names_each_once(scope: Scope) -> None:
    me = {"name": "A", "address": "ANNA@example.com"}
    filled = answer(scope, Answer.REPLY_ALL, to=[me, CHEN, BORIS], cc=[CHEN, {"name": "", "address": "d@example.net"}])
    assert addresses(filled.to) == ["boris@example.org", "chen@example.cn"]
    assert addresses(filled.cc) == ["d@example.net"]


def test_reply_to_is_obeyed(scope: Scope) -> None:
    filled = answer(scope, headers={"Reply_To": "Desk <desk@example.org>"})
    assert filled.to == (("Desk", "desk@example.org"),)


def test_an_answer_to_ones_own_letter_goes_where_that_went(scope: Scope) -> None:
    filled = answer(scope, from_=[ANNA], to=[CHEN])
    assert addresses(filled.to) == ["chen@example.cn"]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "On 23 November 2026 at 20:01, Борис wrote:"),
        ("zh-hans", "2026年11月23日 20:01，Борис 写道："),
        ("ru", "23 ноября 2026 г. в 20:01, Борис пишет:"),
    ],
)
def test_the_quote_is_introduced_in_the_persons_language_and_hour(scope: Scope, language: str, line: str) -> None:
    row = receive(scope, make_letter().as_bytes())
    filled = prefill(scope, MessageId(row.pk), Answer.REPLY, language, SHANGHAI)
    assert filled.text == f"{line}\n> Hello Anna\n>> earlier"


def test_a_forward_carries_the_letter_and_its_files_and_starts_no_thread(scope: Scope) -> None:
    letter = make_letter()
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    row = receive(scope, letter.as_bytes())
    filled = prefill(scope, MessageId(row.pk), Answer.FORWARD, "en", UTC)
    assert (filled.to, filled.subject, filled.in_reply_to) == ((), "Fwd: Price", "")
    assert filled.text.startswith("---------- Forwarded message ----------\nFrom: Борис <boris@example.org>\n")
    assert filled.parts == (("2", "a.pdf", 4),)
    assert forwarded_files(scope, MessageId(row.pk), ["2"]) == (Enclosure("a.pdf", "application/pdf", b"%PDF"),)
    assert forwarded_files(scope, MessageId(row.pk), []) == ()


def test_markup_is_quoted_cleaned_as_long_as_the_quote_is_untouched(scope: Scope) -> None:
    letter = make_letter()
    letter.add_alternative("<p onclick=x>Hello <b>Anna</b></p><img src=http://a.example/x>", subtype="html")
    row = receive(scope, letter.as_bytes())
    filled = prefill(scope, MessageId(row.pk), Answer.REPLY, "en", UTC)
    whole = complete_html(f"Thanks <you>\r\n\r\n{filled.text}\r\n", filled)
    assert "<div>Thanks &lt;you&gt;</div>" in whole
    assert '<span style="font-weight:bold">Anna</span>' in whole
    assert "onclick" not in whole
    assert "a.example" not in whole
    assert complete_html(f"{filled.text} and more", filled) == ""


def test_a_plain_letter_is_answered_in_plain_text(scope: Scope) -> None:
    filled = answer(scope)
    assert complete_html(f"Thanks\n\n{filled.text}", filled) == ""


def outgoing(**fields: Any) -> Outgoing:
    told = {"to": ["boris@example.org"], "subject": "Hi", "text": "x"}
    return Outgoing(**{**told, **fields})


def test_what_is_handed_in_names_its_thread_and_hides_blind_copies(scope: Scope) -> None:
    account = bind(scope)
    thread = {"in_reply_to": "<q1@x>", "references": ("<q0@x>", "<q1@x>"), "reply_to": ["desk@example.com"]}
    number = submit(scope, AccountId(account.pk), outgoing(bcc=["chen@example.cn"], **thread), FixedClock())[0]
    row = submissions.get(scope, number)
    parsed = parse_message(blobs.get(str(row.blob_id)))
    assert parsed.header("references") == "<q0@x> <q1@x>"
    assert parsed.header("reply-to") == "desk@example.com"
    assert row.message_id.endswith("@example.com>")
    assert b"chen@" not in blobs.get(str(row.blob_id))
    assert {(each.address, each.kind) for each in row.recipients.all()} == {
        ("boris@example.org", "to"),
        ("chen@example.cn", "bcc"),
    }


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"to": []}, NoRecipient),
        ({"to": ["nobody"]}, RecipientWrong),
        ({"to": ["a@b.example, nobody"]}, RecipientWrong),
        ({"cc": ["a b@"]}, RecipientWrong),
        ({"files": (Enclosure("a", "", b"x" * 60_000_000),)}, MessageTooLarge),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name_and_nothing_is_kept(
    scope: Scope, fields: dict[str, Any], refusal: type[Exception]
) -> None:
    account = bind(scope)
    with pytest.raises(refusal):
        submit(scope, AccountId(account.pk), outgoing(**fields), FixedClock())
    assert listing.list_submissions(scope, "en") == []


def test_a_person_may_take_back_what_waits_and_not_what_is_gone(scope: Scope) -> None:
    account = bind(scope)
    number = submit(scope, AccountId(account.pk), outgoing(), FixedClock())[0]
    assert listing.find_submission(scope, number, "en")["can"] == ["cancel", "reschedule"]
    listing.say(scope, number, listing.Signal.CANCEL)
    assert listing.find_submission(scope, number, "en")["state"] == "cancelled"
    with pytest.raises(listing.TooLate):
        listing.say(scope, number, listing.Signal.CANCEL)


def test_a_person_settles_an_uncertain_one(scope: Scope) -> None:
    account = bind(scope)
    number = submit(scope, AccountId(account.pk), outgoing(), FixedClock())[0]
    submissions.move(number, "queued", "uncertain")
    assert listing.count_waiting(scope) == 1
    assert listing.find_submission(scope, number, "en")["can"] == ["said_arrived", "said_lost", "retry"]
    listing.say(scope, number, listing.Signal.SAID_ARRIVED)
    assert listing.find_submission(scope, number, "en")["state"] == "sent"
