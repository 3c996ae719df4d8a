"""Every message that a plain walk along the texts finds is found, and no other; on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.making import NOON, VALIDITY, bind, facts, open_inbox, take_lease
from tests.store.search.brute import stands_in
from yizhan.store import blobs, mailboxes, messages
from yizhan.store.checks import inconsistencies
from yizhan.store.models import Lease, Mailbox, Message, SearchText
from yizhan.store.scope import Scope
from yizhan.store.search import finding, index
from yizhan.store.search.index import ReadText
from yizhan.store.search.query import Query, parse_query

WORDS = [
    *(
        "会",
        "议",
        "会议",
        "会议纪要",
        "報價單",
        "报价单",
        "报价",
        "单价",
        "请查收附件",
        "要",
        "𠮷野家",
        "東京",
        "とうきょう",
    ),
    *("счёт", "счет", "Счёта", "договор", "договора", "Ёлка", "на", "по", "оплата"),
    *("Price", "price", "prices", "pi", "PI", "2611", "ＡＢＣ", "abc", "a", "resumé", "x" * 45, "x" * 50),
]
MARKS = [" ", " ", "  ", ", ", "-", "，", "。", "/", "", "\n", "_"]
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(MARKS)), max_size=12).map(
    lambda pieces: "".join(word + mark for word, mark in pieces)
)
fragments = st.tuples(texts, st.integers(0, 30), st.integers(1, 12)).map(lambda cut: cut[0][cut[1] :][: cut[2]])
terms = st.tuples(st.booleans(), st.booleans(), st.one_of(st.sampled_from(WORDS), fragments))
letters = st.tuples(texts, texts, texts)


@pytest.fixture
def inbox(scope: Scope) -> tuple[Mailbox, Lease]:
    account = bind(scope)
    lease = take_lease(account)
    return open_inbox(account, lease), lease


def receive(inbox: tuple[Mailbox, Lease], uid: int, **fields: object) -> Message:
    mailbox, lease = inbox
    messages.upsert_batch(mailbox.pk, VALIDITY, [facts(uid, **fields)], lease)
    return Message.objects.get(mailbox=mailbox, uid=uid)


def read(row: Message, text: str, *files: str) -> None:
    """The row's text as the engine would have read it."""
    messages.attach_blob(row.pk, blobs.put(b"bytes that have this text").pk)
    [due] = [each for each in index.list_due(100) if each.message_id == row.pk]
    assert index.write_texts([ReadText(due, text, files)]) == 1


def found(scope: Scope, typed: str) -> list[int]:
    page = finding.find(scope, parse_query(typed), None, 100)
    assert page.next is None
    return [row.uid for row in page.rows]


def walk(scope: Scope, typed: str) -> Iterator[list[int]]:
    """Page after page of one row each."""
    before = None
    while True:
        hits = finding.walk(scope, parse_query(typed), before, 1, look_at=4, at_once=2, near=2)
        yield [row.uid for row in finding.load(scope, [hit.message_id for hit in hits.found])]
        if hits.next is None:
            return
        before = hits.next


def searched(scope: Scope, phrase: bool, negative: bool, words: str) -> list[int]:
    query = Query([finding.Term(words, "", phrase, negative)])
    return [row.uid for row in finding.find(scope, query, None, 100).rows] if query.terms[0].runs else []


def expected(corpus: list[tuple[str, str, str]], phrase: bool, negative: bool, words: str) -> list[int]:
    fits = [any(stands_in(words, phrase, each) for each in letter) is not negative for letter in corpus]
    newest_first = [uid for uid in range(len(corpus), 0, -1) if fits[uid - 1]]
    return newest_first if finding.Term(words).runs else []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(corpus=st.lists(letters, min_size=1, max_size=6), asked=st.lists(terms, min_size=1, max_size=12))
def test_all_that_fits_is_found_and_nothing_else(
    scope: Scope, inbox: tuple[Mailbox, Lease], corpus: list[tuple[str, str, str]], asked: list[tuple[bool, bool, str]]
) -> None:
    mailbox, lease = inbox
    people = [[{"name": name, "address": ""}] for _, _, name in corpus]
    made = [facts(uid, subject=letter[0], from_=people[uid - 1]) for uid, letter in enumerate(corpus, 1)]
    messages.upsert_batch(mailbox.pk, VALIDITY, made, lease)
    for row in Message.objects.filter(mailbox=mailbox):
        read(row, corpus[row.uid - 1][1])
    assert [searched(scope, *each) for each in asked] == [expected(corpus, *each) for each in asked]
    messages.remove_uids(mailbox.pk, VALIDITY, range(1, len(corpus) + 1), lease)


def test_a_header_is_found_with_the_message_and_its_text_when_it_was_read(
    scope: Scope, inbox: tuple[Mailbox, Lease]
) -> None:
    row = receive(inbox, 1, subject="Счёт на оплату")
    assert found(scope, "счет") == [1]
    messages.attach_blob(row.pk, blobs.put(b"x").pk)
    [due] = index.list_due(10)
    assert found(scope, "会议") == []
    index.write_texts([ReadText(due, "会议纪要", ["PI-2611.pdf"])])
    assert (found(scope, "会议"), found(scope, "纪要"), found(scope, "议纪要"), found(scope, "要")) == ([1],) * 4
    assert (found(scope, "filename:pi"), found(scope, "filename:会议"), found(scope, "pi-2611")) == ([1], [], [1])
    assert index.list_due(10) == []


def test_new_mail_is_found_at_once_and_history_when_its_words_were_read(
    scope: Scope, inbox: tuple[Mailbox, Lease]
) -> None:
    mailbox, lease = inbox
    messages.upsert_batch(mailbox.pk, VALIDITY, [facts(uid, subject="история") for uid in range(1, 61)], lease)
    receive(inbox, 61, subject="история")
    assert found(scope, "история") == [61]
    assert index.write_texts([ReadText(due, "", ()) for due in index.list_due(100)]) == 60
    assert found(scope, "история") == list(range(61, 0, -1))
    assert not inconsistencies()


def test_a_field_narrows_to_itself(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    anna, boris = {"name": "Анна", "address": "anna@mail.ru"}, {"name": "", "address": "boris.li@example.org"}
    receive(inbox, 1, from_=[anna], to=[boris], subject="Boris")
    receive(inbox, 2, from_=[boris], to=[anna], subject="цена")
    assert found(scope, "from:anna") == [1]
    assert found(scope, "кому:анна") == [2]
    assert found(scope, "subject:boris") == [1]
    assert found(scope, "from:boris.li@example.org") == [2]
    assert found(scope, "example.org") == [2, 1]
    assert found(scope, "anna@mail.ru -from:anna") == [2]
    assert found(scope, "boris@li") == []
    assert found(scope, "-boris") == []


def test_filters_narrow_together(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    receive(inbox, 1, flags=["\\Seen"], size_bytes=10, attachments=2)
    receive(inbox, 2, flags=["\\Flagged"], size_bytes=6_000_000, internal_date=NOON + timedelta(days=2))
    assert found(scope, "is:unread") == [2]
    assert found(scope, "is:read") == found(scope, "-is:unread") == [1]
    assert found(scope, "is:flagged 封") == [2]
    assert found(scope, "has:attachment") == [1]
    assert found(scope, "larger:5M") == [2]
    assert found(scope, "before:2026-11-24") == [1]
    assert found(scope, "after:2026-11-24 第") == [2]
    assert found(scope, "in:收件箱 account:anna") == [2, 1]
    assert found(scope, "in:sent") == found(scope, "account:nobody") == []
    assert found(scope, "-in:sent") == [2, 1]


def test_pages_follow_one_another_through_what_only_the_text_can_tell(
    scope: Scope, inbox: tuple[Mailbox, Lease]
) -> None:
    subjects = ["报价 价单"] * 4 + ["报价单"]
    for uid in range(1, 12):
        receive(inbox, uid, subject=subjects[(uid - 1) % 5])
    pages = list(walk(scope, "报价单"))
    assert [uid for page in pages for uid in page] == [10, 5]
    assert [] in pages


def test_pages_are_the_same_however_near_the_index_is_asked_first(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    for uid in range(1, 13):
        receive(inbox, uid, subject=("other", "price", "price")[uid % 3], flags=([], ["\\Seen"])[uid % 2])
    asked = parse_query("price -other is:unread")
    pages = [finding.walk(scope, asked, None, 3, near=near).found for near in (1, 4, 8, 100)]
    assert [[hit.message_id for hit in page] for page in pages] == [[hit.message_id for hit in pages[0]]] * 4
    assert len(pages[0]) == 3


def test_the_index_is_in_the_order_of_time_whatever_came_first(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    for uid, hours in ((1, 5), (2, 1), (3, 9), (4, 5)):
        receive(inbox, uid, subject="price", internal_date=NOON + timedelta(hours=hours))
    assert found(scope, "price") == [3, 4, 1, 2]


def test_what_is_gone_is_not_found_and_leaves_nothing(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    mailbox, lease = inbox
    for uid in (1, 2, 3):
        read(receive(inbox, uid, subject="price"), "会议纪要")
    messages.remove_uids(mailbox.pk, VALIDITY, [2], lease)
    assert found(scope, "会议") == [3, 1]
    mailboxes.set_selected(mailbox.pk, uid_validity=VALIDITY + 1, lease=lease)
    assert found(scope, "price") == []
    assert (SearchText.objects.count(), index.held()) == (0, {})


def test_a_header_that_changes_is_found_anew_and_its_text_is_read_once_more(
    scope: Scope, inbox: tuple[Mailbox, Lease]
) -> None:
    read(receive(inbox, 1, subject="old"), "会议纪要")
    receive(inbox, 1, subject="new", internal_date=NOON + timedelta(days=1))
    assert (found(scope, "old"), found(scope, "new")) == ([], [1])
    assert len(index.list_due(10)) == 1


def test_bytes_that_changed_while_they_were_read_are_read_again(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    row = receive(inbox, 1)
    messages.attach_blob(row.pk, blobs.put(b"first").pk)
    [due] = index.list_due(10)
    messages.attach_blob(row.pk, blobs.put(b"second").pk)
    assert index.write_texts([ReadText(due, "first", ())]) == 0
    assert (found(scope, "first"), len(index.list_due(10))) == ([], 1)


def test_nobody_finds_mail_of_another_workspace(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    receive(inbox, 1, subject="price")
    assert found(Scope(type(scope.workspace_id)(scope.workspace_id + 1)), "price") == []


def test_a_text_of_many_different_words_is_cut_not_refused(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    text = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(300_000))
    read(receive(inbox, 1, subject="price"), text)
    assert found(scope, text[:2]) == found(scope, "price") == [1]


def test_a_home_of_before_gets_its_index_from_the_marks(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    row = receive(inbox, 1, subject="price")
    SearchText.objects.filter(message=row).update(due=True)
    assert index.write_texts([ReadText(due, "", ()) for due in index.list_due(10)]) == 1
    assert found(scope, "price") == [1]


def test_an_index_that_differs_from_the_mail_is_named(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    row = receive(inbox, 1, subject="price")
    Message.objects.filter(pk=row.pk).update(subject="other")
    assert inconsistencies() == [f"the index has other words than message {row.pk}"]
    Message.objects.filter(pk=row.pk).update(subject="price", internal_date=NOON)
    assert inconsistencies() == [f"message {row.pk} stands in the wrong place of the index"]
    messages.remove_uids(inbox[0].pk, VALIDITY, [1], inbox[1])
