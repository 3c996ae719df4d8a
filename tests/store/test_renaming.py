"""A mailbox that we renamed, in the store; and lists that are read in part."""

from tests.store.making import VALIDITY, bind, facts, take_lease
from yizhan.imap import utf7
from yizhan.store import changes, mailboxes, messages
from yizhan.store.mailboxes import MailboxFacts
from yizhan.store.models import Account, Lease, Mailbox
from yizhan.store.scope import Scope


def listed(account: Account, lease: Lease, *names: str, roles: dict[str, str] | None = None) -> list[Mailbox]:
    every = [
        MailboxFacts(wire_name=utf7.encode(name), name=name, delimiter="/", role=(roles or {}).get(name, ""))
        for name in names
    ]
    return mailboxes.store_list(account.pk, every, lease)


def test_a_renamed_mailbox_and_those_inside_keep_their_messages(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    old, inner, other, _ = listed(account, lease, "旧", "旧/里", "旧x", "OLD")
    mailboxes.set_selected(inner.pk, uid_validity=VALIDITY, lease=lease)
    messages.upsert_batch(inner.pk, VALIDITY, [facts(1)], lease)
    before = changes.latest(scope)
    mailboxes.rename(old.pk, utf7.encode("Новое"), lease)
    listed(account, lease, "Новое", "Новое/里", "旧x", "OLD")
    assert {row.pk: row.name for row in mailboxes.list_all(scope, account.pk)}[inner.pk] == "Новое/里"
    assert mailboxes.get(scope, other.pk).name == "旧x"
    assert mailboxes.count_held(inner.pk) == 1
    assert changes.since(scope, before)[0].kind == "mailboxes.changed"


def test_a_name_that_was_freed_at_the_server_is_taken_over_here(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    old, _ = listed(account, lease, "A", "B")  # B was deleted by another program and not listed since
    mailboxes.rename(old.pk, "B", lease)
    assert [row.pk for row in listed(account, lease, "B")] == [old.pk]


def test_of_a_hundred_mailboxes_the_first_are_those_with_a_role(scope: Scope) -> None:
    account = bind(scope)
    names = [*(f"m{number:03}" for number in range(100)), "Trash"]
    listed(account, take_lease(account), *names, roles={"Trash": "trash"})
    found = mailboxes.list_some(scope, [account.pk], 10)[account.pk]
    assert [row.name for row in found] == ["Trash", *names[:9]]
    assert mailboxes.list_some(Scope(scope.workspace_id + 1), [account.pk], 10) == {account.pk: []}  # type: ignore[operator,arg-type]
