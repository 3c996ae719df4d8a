"""Search as doors ask for it, on both databases."""

import pytest

from tests.services.letters import make_letter, receive_many
from tests.store.making import NOON, VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.services.messages.indexing import index_due
from yizhan.services.messages.searching import (
    CATCH_UP,
    QueryRefused,
    catch_up,
    count_found,
    delete_saved,
    first_page,
    list_saved,
    rename_saved,
    save_search,
    search,
    search_page,
)
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


def test_the_first_page_says_how_many_there_are_and_of_what_kind(scope: Scope) -> None:
    account = bind(scope)
    receive_many(account, [None] * 5)
    page = first_page(scope, "price", [NOON], size=3)
    assert (ids(page["messages"]), page["count"], page["more"]) == ([5, 4, 3], 5, False)
    assert (page["facets"].accounts, page["facets"].kinds["unread"]) == ({account.pk: 5}, 5)
    rest = search_page(scope, "price", cursor=page["next"], size=3)
    assert (ids(rest["messages"]), rest["next"]) == ([2, 1], "")
    assert count_found(scope, "price") == (5, False)


def test_a_stretch_of_the_finds_is_shown_again_from_its_beginning_to_its_end(scope: Scope) -> None:
    receive_many(bind(scope), [None] * 7)
    first = search_page(scope, "price", size=3)
    second = search_page(scope, "price", cursor=first["next"], size=2)
    again = search_page(scope, "price", cursor=first["last"], down_to=second["last"], size=200)
    assert [ids(each["messages"]) for each in (first, second, again)] == [[7, 6, 5], [4, 3], [4, 3]]
    assert again["next"] == ""


def test_finds_past_what_is_counted_are_on_the_page_and_said_to_be_more(scope: Scope) -> None:
    receive_many(bind(scope), [None] * 6)
    page = first_page(scope, "price", [NOON], size=4, count_to=2)
    assert (ids(page["messages"]), page["count"], page["more"]) == ([6, 5, 4, 3], 4, True)
    assert ids(search_page(scope, "price", cursor=page["next"])["messages"]) == [2, 1]


@pytest.mark.parametrize("typed", ["word " * 10_000, "x" * 10_000, '"' * 3_000, "…!? ,.", "in:", "before:soon"])
def test_a_query_that_is_wrong_is_neither_found_nor_kept(scope: Scope, typed: str) -> None:
    with pytest.raises(QueryRefused):
        first_page(scope, typed, [NOON])
    with pytest.raises(QueryRefused):
        save_search(scope, "name", typed)
    assert list_saved(scope) == []


@pytest.mark.parametrize(
    "typed", ['price "', '"price', "price “„«", '-"', '- price -"" ()[]{}*^%_\\', "price'", "price NOT OR*"]
)
def test_quotes_without_an_end_and_signs_of_other_languages_are_no_error(scope: Scope, typed: str) -> None:
    receive_many(bind(scope), [None])
    assert len(first_page(scope, f"{typed} from:boris", [NOON])["messages"]) <= 1


def test_a_saved_search_is_listed_under_its_name_renamed_and_let_go(scope: Scope) -> None:
    save_search(scope, "Цены", " price is:unread ")
    [kept] = list_saved(scope)
    assert (kept["name"], kept["query"]) == ("Цены", "price is:unread")
    rename_saved(scope, kept["id"], "Prices")
    assert [each["name"] for each in list_saved(scope)] == ["Prices"]
    delete_saved(scope, kept["id"])
    assert list_saved(scope) == []
