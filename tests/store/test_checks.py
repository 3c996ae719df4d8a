from collections.abc import Callable, Iterator

import pytest

from tests.store.databases import Home
from tests.store.making import VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.base.secret import Secret
from yizhan.store import blobs, messages, requests
from yizhan.store.checks import inconsistencies
from yizhan.store.models import Account, Blob, Change, Credential, Lease, Mailbox, Message, Request, Workspace
from yizhan.store.scope import scope_of_home

Breaking = Callable[[Home], object]
BREAKINGS: dict[str, tuple[Breaking, str]] = {
    "count": (lambda _: Mailbox.objects.update(messages=1), "says less"),
    "unseen": (lambda _: Mailbox.objects.update(unseen=0), "says less"),
    "uid_next": (lambda _: Mailbox.objects.update(uid_next=2), "expects 2 next"),
    "validity": (lambda _: Mailbox.objects.update(uid_validity=VALIDITY + 1), "of the past"),
    "account": (lambda _: Message.objects.update(account_id=Account.objects.last().pk), "different accounts"),  # type: ignore[union-attr]
    "lease": (lambda _: Lease.objects.all().delete(), "no credential or no lease"),
    "credential": (lambda _: Credential.objects.all().delete(), "no credential or no lease"),
    "lost blob": (lambda home: next(_blob_files(home)).unlink(), "has lost"),
    "damaged blob": (lambda home: next(_blob_files(home)).write_bytes(b"x"), "other bytes"),
    "seal": (lambda _: Credential.objects.update(sealed=b"\x01" + b"0" * 60), "sealed"),
    "key id": (lambda _: Credential.objects.update(key_id="feedfeedfeedfeed"), "sealed with another"),
    "settled": (lambda _: Request.objects.update(state="done", answer={}), "still holds a secret"),
    "unanswered": (lambda _: Request.objects.update(state="failed", sealed_secret=None), "no answer"),
    "feed": (lambda _: Workspace.objects.update(change_seq=1), "counts to 1"),
    "gap": (lambda _: Change.objects.filter(seq=3).delete(), "gap"),
}


def _blob_files(home: Home) -> Iterator[object]:
    return (path for path in (home.path / "blobs").rglob("*") if path.is_file())


@pytest.fixture
def full(sqlite: Home) -> Iterator[Home]:
    """A home with one of everything, emptied again: what was broken in it stays broken."""
    scope = scope_of_home()
    account = bind(scope)
    bind(scope, "boris@example.ru")
    lease = take_lease(account)
    inbox = open_inbox(account, lease, uid_next=10, messages=3, unseen=3)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1), facts(2), facts(9)], lease)
    messages.attach_blob(messages.list_newest(scope)[0].pk, blobs.put(b"x").pk)
    requests.leave(scope, "bind", None, {}, Secret("typed"))
    assert inconsistencies() == []
    yield sqlite
    for model in (Message, Blob, Request, Account, Change, Workspace):
        model.objects.all().delete()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", BREAKINGS)
def test_what_is_wrong_is_named(full: Home, name: str) -> None:
    break_it, words = BREAKINGS[name]
    break_it(full)
    assert any(words in each for each in inconsistencies())
