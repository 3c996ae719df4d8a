"""Search as doors ask for it, on both databases."""

import pytest

from tests.services.letters import make_letter, receive_many
from tests.store.making import VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.services.messages.indexing import index_due
from yizhan.services.messages.searching import CATCH_UP, QueryRefused, catch_up, search, search_page
from yizhan.store import blobs, messages
from yizhan.store.models import Message, SearchText
from yizhan.store.scope import Scope


def letter(text: str, *files: str, **headers: str) -> bytes:
    made = make_letter(**headers)
    made.set_content(text)
    for name in files:
        made.add_attachment(b"x", maintype="application", subtype="pdf", filename=name)
    return made.as_bytes()


def ids(found: list[dict[str, object]]) -> list[object]:
    return [row["uid"] for row in found]


def test_text_and_names_of_files_are_found_once_they_were_read(scope: Scope) -> None:
    receive_many(bind(scope), [letter("请查收會議紀要"), letter("Счёт", "Договор 2611.pdf"), None])
    assert ids(search(scope, "会议", None, 50)) == []
    catch_up()
    assert ids(search(scope, "会议纪要", None, 50)) == [1]
    assert ids(search(scope, "счет", None, 50)) == [2]
    assert ids(search(scope, "filename:договор", None, 50)) == [2]
    assert ids(search(scope, "price", None, 50)) == [3, 2, 1]
    assert index_due() == 0


def test_history_of_any_length_is_found_by_its_headers_without_an_engine(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    history = [facts(uid, subject="история") for uid in range(1, CATCH_UP + 100)]
    messages.upsert_batch(open_inbox(account, lease).pk, VALIDITY, history, lease)
    catch_up()
    assert search_page(scope, "история", size=1)["next"]
    assert not SearchText.objects.filter(due=True).exists()


def test_what_was_found_is_marked_where_it_stands(scope: Scope) -> None:
    text = f"{'intro ' * 100}\n彩盒報價單已更新"
    receive_many(bind(scope), [letter(text)], subject="Ответ: ＰＲＩＣＥ, Prices")
    catch_up()
    [row] = search(scope, "报价单 price from:борис", None, 50)
    subject = [row["subject"][start:end] for start, end in row["highlights"]["subject"]]
    snippet = [row["snippet"][start:end] for start, end in row["highlights"]["snippet"]]
    assert (subject, snippet) == (["ＰＲＩＣＥ", "Price"], ["報價單"])
    assert row["highlights"]["from"] == [(0, 5)]
    assert row["snippet"].startswith("…")
    assert len(row["snippet"]) <= 201


def test_an_account_and_a_limit_narrow(scope: Scope) -> None:
    account = bind(scope)
    receive_many(account, [None] * 5)
    receive_many(bind(scope, "boris@example.org"), [None] * 2)
    assert len(search(scope, "price", None, 50)) == 7
    assert ids(search(scope, "price", AccountId(account.pk), 3)) == [5, 4, 3]
    assert ids(search(scope, "price -account:anna", None, 50)) == [2, 1]


def test_pages_follow_one_another(scope: Scope) -> None:
    receive_many(bind(scope), [None] * 5)
    first = search_page(scope, "price", size=3)
    second = search_page(scope, "price", cursor=first["next"], size=3)
    assert [ids(first["messages"]), ids(second["messages"]), second["next"]] == [[5, 4, 3], [2, 1], ""]


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 20])
def test_a_cursor_that_is_none_is_refused(scope: Scope, cursor: str) -> None:
    with pytest.raises(BadInput):
        search_page(scope, "price", cursor=cursor)


def test_a_query_that_cannot_be_carried_out_says_why(scope: Scope) -> None:
    with pytest.raises(QueryRefused, match="punctuation alone"):
        search(scope, "…!?", None, 50)


def test_bytes_that_are_lost_keep_nobody_waiting(scope: Scope) -> None:
    [row] = receive_many(bind(scope), [letter("会议")])
    name = row.blob_id
    assert name is not None
    blobs._remove(name)
    assert (index_due(), index_due()) == (1, 0)
    assert ids(search(scope, "price", None, 50)) == [1]
    messages.attach_blob(row.pk, blobs.put(letter("会议")).pk)
    catch_up()
    assert ids(search(scope, "会议", None, 50)) == [1]


def test_catching_up_ends_after_so_many(scope: Scope) -> None:
    receive_many(bind(scope), [None] * (CATCH_UP + 30))
    Message.objects.update(blob=blobs.put(letter("the bytes of all of them")))
    SearchText.objects.update(due=True)
    catch_up()
    assert 0 < SearchText.objects.filter(due=True).count() <= 30
