"""What checks are told about a message."""

from datetime import UTC, datetime

from tests.store.making import bind
from yizhan.services.writing import cards
from yizhan.services.writing.content import read_content
from yizhan.services.writing.gathering import find_their_time, gather, sent_copy
from yizhan.store.models import Account
from yizhan.store.scope import Scope

NOW = datetime(2026, 11, 24, 2, 42, tzinfo=UTC)


def test_recipients_are_read_as_typed_and_the_providers_limits_are_known(scope: Scope) -> None:
    account = bind(scope, "li@mail.ru", provider="mailru")
    content = read_content({"from": account.pk, "to": "Полина <p@a.ru>, P@b.ru；", "cc": "p@a.ru, nobody"})
    facts = gather(scope, content, [("a.pdf", 5)], [7])
    assert (facts.people, facts.wrong) == (("p@a.ru", "P@b.ru"), ("nobody",))
    assert (facts.sender, facts.login, facts.files, facts.pictures) == (
        "li@mail.ru",
        "li@mail.ru",
        (("a.pdf", 5),),
        (7,),
    )
    assert facts.must_be_login


def test_an_account_that_is_not_there_is_no_sender(scope: Scope) -> None:
    facts = gather(scope, read_content({"from": 99, "identity": 99}), [], [])
    assert (facts.login, facts.sender, facts.most_bytes) == ("", "", None)
    assert sent_copy(scope, read_content({"from": 99})) == (None, None)


def test_what_was_seen_of_the_copy_in_sent_stands_over_what_is_told(scope: Scope) -> None:
    account = bind(scope, "li@gmail.com", provider="gmail")
    content = read_content({"from": account.pk})
    told = sent_copy(scope, content)[1]
    assert gather(scope, content, [], []).most_bytes is not None
    Account.objects.update(files_copy=not told)
    assert (told, sent_copy(scope, content)[1]) == (True, False)


def test_a_card_says_where_somebody_is_and_a_domain_lets_it_be_guessed(scope: Scope) -> None:
    cards.keep(scope, "p@mail.ru", "", "Asia/Yekaterinburg", {})
    by_card = find_their_time(scope, ["x@example.com", "p@mail.ru"], NOW)
    by_domain = find_their_time(scope, ["x@example.com", "q@mail.ru"], NOW)
    assert by_card is not None
    assert by_domain is not None
    assert (by_card.zone, by_card.guessed) == ("Asia/Yekaterinburg", False)
    assert (by_domain.zone, by_domain.guessed, len(by_domain.mornings)) == ("Europe/Moscow", True, 2)
    assert find_their_time(scope, ["x@example.com"], NOW) is None
