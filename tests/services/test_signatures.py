"""Signatures and files that are used often."""

import io

import pytest

from tests.services.test_drafts import CLOCK, write
from tests.store.making import bind
from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, DraftId
from yizhan.services.writing import drafts, library, signatures
from yizhan.services.writing.naming import NameWrong, TextTooLong
from yizhan.store import blobs
from yizhan.store.errors import NameTaken
from yizhan.store.models import Blob
from yizhan.store.scope import Scope


def test_an_account_ends_new_messages_and_answers_each_with_its_own(scope: Scope) -> None:
    account = AccountId(bind(scope).pk)
    long, short = signatures.keep(scope, "长", "<p>李伟</p>"), signatures.keep(scope, "短", "<p>Li</p>")
    signatures.choose(scope, account, long, short)
    assert signatures.chosen(scope) == {account: {"new": long, "answer": short}}
    signatures.remove(scope, long)
    assert signatures.chosen(scope) == {account: {"new": None, "answer": short}}
    with pytest.raises(NotFound):
        signatures.choose(scope, account, long, None)


def test_a_signature_cannot_run_anything(scope: Scope) -> None:
    signatures.keep(scope, "x", '<b onclick="x()">Li</b><script>x()</script><img src="https://example.org/logo.png">')
    [kept] = signatures.list_signatures(scope)
    assert "onclick" not in kept["html"]
    assert "script" not in kept["html"]
    assert 'src="https://example.org/logo.png"' in kept["html"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 151])
def test_a_name_says_something(scope: Scope, name: str) -> None:
    with pytest.raises(NameWrong):
        signatures.keep(scope, name, "")


def test_names_are_taken_once_and_words_are_bounded(scope: Scope) -> None:
    number = signatures.keep(scope, "one", "")
    signatures.keep(scope, "two", "")
    with pytest.raises(NameTaken):
        signatures.keep(scope, "two", "", number)
    with pytest.raises(TextTooLong):
        signatures.keep(scope, "one", "x" * 3_000_000, number)


def test_a_file_of_the_library_goes_into_drafts_and_is_kept_once(scope: Scope) -> None:
    number = library.add(scope, "目录.pdf", io.BytesIO(b"%PDF"))
    draft = DraftId(write(scope)["id"])
    made = library.attach(scope, draft, number)
    assert (made["name"], made["content_type"], made["size_bytes"]) == ("目录.pdf", "application/pdf", 4)
    library.rename(scope, number, "каталог.pdf")
    assert [each["name"] for each in library.list_files(scope)] == ["каталог.pdf"]
    library.remove(scope, number)
    assert blobs.collect_unheld(grace=-1) == 0
    assert drafts.open_file(scope, draft, made["id"])[1] == b"%PDF"
    drafts.discard(scope, draft, CLOCK)
    assert (blobs.collect_unheld(grace=-1), Blob.objects.count()) == (1, 0)


def test_two_files_of_the_library_have_two_names(scope: Scope) -> None:
    library.add(scope, "a.pdf", b"1")
    with pytest.raises(NameTaken):
        library.add(scope, "a.pdf", b"2")
    other = library.add(scope, "b.pdf", b"2")
    with pytest.raises(NameTaken):
        library.rename(scope, other, "a.pdf")
    assert library.open_file(scope, other)[1] == b"2"
