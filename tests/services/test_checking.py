"""Checks before sending: what would be refused, what was forgotten, and that a quote says nothing of it."""

from typing import Any

import pytest

from yizhan.services.writing.checking import Check, Facts, Kind, check, own_words
from yizhan.services.writing.content import read_content


def found(files: tuple[tuple[str, int], ...] = (), facts: dict[str, Any] | None = None, **content: Any) -> list[Check]:
    """What is said about a message to somebody, from an account, with a subject."""
    words = read_content({"from": 1, "subject": "x", **content})
    told = {"people": ("a@example.org",), "sender": "me@x", "login": "me@x", **(facts or {})}
    return check(Facts(content=words, files=files, **told))


def codes(*args: Any, **kwargs: Any) -> list[tuple[str, str]]:
    return [(each.kind.value, each.code) for each in found(*args, **kwargs)]


def test_a_message_that_is_well_says_nothing() -> None:
    assert codes(text="Hello", plain=True) == []


def test_what_is_missing_is_said() -> None:
    facts = {"people": (), "sender": "", "login": ""}
    assert codes(facts=facts, subject=" ") == [("bad", "no_recipient"), ("bad", "no_sender"), ("warn", "no_subject")]


def test_addresses_that_look_wrong_or_bounced_are_named() -> None:
    told = found(
        facts={
            "wrong": ("nobody",),
            "suspects": {"a@gmial.com": "a@gmail.com"},
            "suppressed": {"b@example.org": "550 no such user"},
        }
    )
    assert told == [
        Check(Kind.BAD, "recipient_wrong", {"address": "nobody"}),
        Check(
            Kind.BAD,
            "address_suspect",
            {"address": "a@gmial.com", "meant": "a@gmail.com"},
            ("a@gmial.com", "a@gmail.com"),
        ),
        Check(Kind.WARN, "address_suppressed", {"address": "b@example.org", "why": "550 no such user"}),
    ]


def test_a_provider_that_wants_its_login_as_sender_is_obeyed() -> None:
    assert codes(facts={"must_be_login": True, "sender": "ME@x"}) == [("ok", "sender_is_login")]
    assert codes(facts={"must_be_login": True, "sender": "sales@x"}) == [("bad", "sender_not_login")]


def test_more_people_than_the_server_takes_at_once_may_be_written_to_separately() -> None:
    facts = {"people": ("a@x", "b@x", "c@x"), "most_people": 2}
    assert codes(facts=facts) == [("bad", "recipients_too_many")]
    assert codes(facts=facts, separately=True) == []


@pytest.mark.parametrize(
    ("size", "said"),
    [(10_000_000, []), (20_000_000, [("warn", "large_for_many")]), (24_000_000, [("bad", "too_large_here")])],
)
def test_a_size_is_judged_as_mail_carries_it(size: int, said: list[tuple[str, str]]) -> None:
    assert codes((("a.zip", size),), {"most_bytes": 30_000_000}) == said


@pytest.mark.parametrize(
    "text",
    [
        "请见附件。",
        "报价单附上",
        "Please find attached the offer",
        "see the attachment",
        "Прикрепляю счёт",
        "Счёт во вложении",
        "Прилагаю договор",
        "Файл ВЛОЖЕН",
    ],
)
def test_a_promised_file_that_is_not_there_is_warned_of(text: str) -> None:
    assert codes(text=text, plain=True) == [("warn", "file_forgotten")]
    assert codes(html=f"<p>{text}</p>") == [("warn", "file_forgotten")]
    assert codes((("a.pdf", 10),), html=f"<p>{text}</p>") == [("ok", "files_there")]


@pytest.mark.parametrize(
    "html",
    [
        '<p>Thanks</p><blockquote type="cite"><div>attached<blockquote>附件</blockquote>во вложении</div></blockquote>',
        '<p>Thanks</p><div class="yz-signature"><div>See attached</div>attached</div>',
        "<p>This e-mail and any attachments are confidential</p>",
        "<blockquote>an unclosed quote: attached",
    ],
)
def test_quotes_signatures_and_footers_promise_nothing(html: str) -> None:
    assert codes(html=html) == []


def test_own_words_of_plain_text_end_at_a_signature_or_a_forwarded_message() -> None:
    text = "mine\n> attached\nmore\n-- \nattached"
    assert own_words(read_content({"text": text, "plain": True})) == "mine\nmore"
    forwarded = "mine\n---------- Forwarded message ----------\nattached"
    assert own_words(read_content({"text": forwarded, "plain": True})) == "mine"


def test_own_words_go_on_behind_a_quote() -> None:
    html = "<p>before</p><blockquote>quoted</blockquote><p>after</p>"
    assert own_words(read_content({"html": html})).split() == ["before", "after"]


def test_variables_that_nobody_filled_in_are_named() -> None:
    [said] = found(subject="Hi {First Name}", html="<p>{公司} {First Name}</p>")
    assert said == Check(Kind.BAD, "variables_left", {"variables": "{First Name} {公司}"})
