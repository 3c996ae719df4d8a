from datetime import timedelta

import pytest

from tests.store.databases import Home
from tests.store.making import NOON, VALIDITY, bind, facts, new_account, open_inbox, take_lease
from yizhan.base.errors import NotFound
from yizhan.base.ids import WorkspaceId
from yizhan.base.secret import Secret
from yizhan.store import accounts, blobs, changes, leases, messages, requests, submissions
from yizhan.store.errors import AccountExists, LeaseLost, TooLate
from yizhan.store.models import Account, Blob, Credential, Mailbox, Message, Request, Submission
from yizhan.store.scope import Scope, scope_of_home


def test_a_bound_account_is_listed_with_its_counts(scope: Scope) -> None:
    account = bind(scope, last_ok_at=NOON, status="normal", capabilities=["IDLE", "MOVE"])
    lease = take_lease(account)
    open_inbox(account, lease, messages=200, unseen=7, uid_next=900)
    bind(scope, "boris@example.ru")
    listed = accounts.list_all(scope)
    assert [(row.address, row.mailbox_count, row.message_count, row.unseen_count) for row in listed] == [
        ("anna@example.com", 1, 200, 7),
        ("boris@example.ru", 0, 0, 0),
    ]
    assert listed[0].capabilities == ["IDLE", "MOVE"]
    assert listed[0].last_ok_at == NOON


def test_the_secret_comes_back_as_it_went_in(scope: Scope) -> None:
    account = bind(scope, secret="пароль 密码 🔑")
    assert accounts.secret_of(account.pk) == Secret("пароль 密码 🔑")


def test_an_address_is_bound_once_whatever_its_case(scope: Scope) -> None:
    account = bind(scope, "Anna@Example.com")
    with pytest.raises(AccountExists) as refused:
        bind(scope, "aNNa@example.COM")
    assert refused.value.account_id == account.pk
    assert [row.address for row in accounts.list_all(scope)] == ["Anna@Example.com"]
    assert accounts.find(scope, "ANNA@example.com") == account


def test_another_workspace_sees_none_of_it(scope: Scope) -> None:
    account = bind(scope)
    stranger = Scope(WorkspaceId(scope.workspace_id + 1))
    assert accounts.list_all(stranger) == []
    assert accounts.find(stranger, account.address) is None
    with pytest.raises(NotFound):
        accounts.get(stranger, account.pk)
    with pytest.raises(NotFound):
        accounts.delete(stranger, account.pk)


def test_colours_go_round(scope: Scope) -> None:
    assert [bind(scope, f"a{n}@example.com").colour for n in range(9)] == [1, 2, 3, 4, 5, 6, 7, 8, 1]


def test_a_status_is_news_once(scope: Scope) -> None:
    account = bind(scope)
    diagnosis = {"stage": "login", "cause": "bad_secret", "evidence": "NO \x00 wrong"}
    before = changes.latest(scope)
    for _ in range(2):
        accounts.set_status(account.pk, "needs_credential", diagnosis, at=NOON, ok=False, failures=1, next_try_at=NOON)
    [news] = changes.since(scope, before)
    assert (news.kind, news.subject, news.payload) == (
        "account.status",
        f"account:{account.pk}",
        {"status": "needs_credential"},
    )
    held = accounts.get(scope, account.pk)
    assert (held.last_error_at, held.last_ok_at, held.failures) == (NOON, None, 1)
    assert [row.pk for row in accounts.due(NOON)] == [account.pk]
    assert accounts.due(NOON - timedelta(seconds=1)) == []


def test_a_status_of_a_lost_lease_is_not_written(scope: Scope) -> None:
    account = bind(scope)
    old = take_lease(account)
    leases.release(old)
    take_lease(account, "engine-2")
    with pytest.raises(LeaseLost):
        accounts.set_status(account.pk, "normal", None, at=NOON, ok=True, lease=old)
    assert accounts.get(scope, account.pk).status == "verifying"


def test_refusals_are_counted_for_an_hour(scope: Scope) -> None:
    account = bind(scope)
    for minutes in (0, 30, 70):
        accounts.note_refusal(account.pk, NOON + timedelta(minutes=minutes))
    refused = accounts.refusals_of(accounts.get(scope, account.pk))
    assert refused == [NOON + timedelta(minutes=30), NOON + timedelta(minutes=70)]
    accounts.forget_refusals(account.pk)
    assert accounts.refusals_of(accounts.get(scope, account.pk)) == []


def test_another_secret_starts_with_no_refusals(scope: Scope) -> None:
    account = bind(scope)
    accounts.note_refusal(account.pk, NOON)
    accounts.replace_secret(account.pk, Secret("another"), "app_password")
    held = accounts.get(scope, account.pk)
    assert accounts.secret_of(account.pk) == Secret("another")
    assert (held.credential.kind, accounts.refusals_of(held)) == ("app_password", [])


def test_only_what_a_person_may_change_is_changed(scope: Scope) -> None:
    account = bind(scope)
    assert accounts.update(scope, account.pk, label="работа", colour=3).label == "работа"
    with pytest.raises(TypeError, match="workspace_id"):
        accounts.update(scope, account.pk, workspace_id=99)


def test_a_deleted_account_leaves_nothing(scope: Scope) -> None:
    account, other = bind(scope), bind(scope, "boris@example.ru")
    lease = take_lease(account)
    inbox = open_inbox(account, lease, uid_next=1, messages=0, unseen=0)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(uid) for uid in range(1, 1200)], lease)
    [newest] = messages.list_newest(scope, limit=1)
    messages.attach_blob(newest.pk, blobs.put(b"mine").pk)
    submissions.create(
        scope,
        account.pk,
        state="queued",
        subject="x",
        message_id="<1@x>",
        mail_from=account.address,
        recipients=[("b@example.com", "to")],
        blob=blobs.put(b"sent"),
        created_at=NOON,
    )
    question = requests.leave(scope, "check", account.pk, {}, Secret("typed"))
    accounts.delete(scope, account.pk)
    assert [row.pk for row in accounts.list_all(scope)] == [other.pk]
    assert [model.objects.count() for model in (Mailbox, Message, Submission, Blob)] == [0, 0, 0, 0]
    assert Credential.objects.count() == 1
    assert requests.get(scope, question.pk).state == Request.State.FAILED
    assert changes.since(scope, 0)[-1].kind == "account.deleted"


def test_deleting_that_was_cut_short_is_finished(scope: Scope) -> None:
    account = bind(scope)
    Account.objects.filter(pk=account.pk).update(status="deleting")
    assert accounts.finish_deleting(NOON) == 1
    assert accounts.list_all(scope) == []


def test_until_it_is_due_deleting_can_be_taken_back_with_its_secret(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    accounts.begin_deleting(scope, account.pk, NOON)
    assert accounts.finish_deleting(NOON - timedelta(seconds=1)) == 0
    with pytest.raises(LeaseLost):
        accounts.set_status(account.pk, "normal", None, at=NOON, ok=True, lease=lease)
    accounts.undo_deleting(scope, account.pk, "verifying")
    assert accounts.get(scope, account.pk).status == "verifying"
    assert accounts.secret_of(account.pk) == Secret("opensesame")
    with pytest.raises(NotFound):
        accounts.undo_deleting(scope, account.pk, "verifying")


def test_what_is_due_is_erased_and_cannot_be_taken_back(scope: Scope) -> None:
    erased, begun = bind(scope), bind(scope, "boris@example.ru")
    accounts.begin_deleting(scope, erased.pk, NOON)
    accounts.begin_deleting(scope, begun.pk, None)
    with pytest.raises(TooLate):
        accounts.undo_deleting(scope, begun.pk, "verifying")
    assert accounts.finish_deleting(NOON) == 2
    assert accounts.list_all(scope) == []


def test_another_secret_is_not_yet_reviewed(scope: Scope) -> None:
    account = bind(scope)
    accounts.note_review(scope, account.pk, NOON)
    assert accounts.get(scope, account.pk).credential.reviewed_at == NOON
    accounts.replace_secret(account.pk, Secret("another"))
    assert accounts.get(scope, account.pk).credential.reviewed_at is None


def test_a_deleted_secret_is_gone_from_the_file(sqlite: Home) -> None:
    scope = scope_of_home()
    account = bind(scope)
    sealed = bytes(Credential.objects.get(pk=account.pk).sealed)
    accounts.delete(scope, account.pk)
    left = b"".join(file.read_bytes() for file in sqlite.path.glob("yizhan.sqlite3*"))
    assert sealed not in left


def test_no_word_of_a_deleted_account_stays_in_the_file(sqlite: Home) -> None:
    scope = scope_of_home()
    account, other = bind(scope), bind(scope, "boris@example.ru")
    for each, word in ((account, "zwetschgenkuchen"), (other, "apfelstrudel")):
        lease = take_lease(each)
        inbox = open_inbox(each, lease, uid_next=1, messages=0, unseen=0)
        known = [facts(uid, subject=f"{word}{uid}") for uid in range(1, 300)]
        messages.upsert_batch(inbox.pk, VALIDITY, known, lease)
    accounts.delete(scope, account.pk)
    left = b"".join(file.read_bytes() for file in sqlite.path.glob("yizhan.sqlite3*"))
    assert (b"zwetschgenkuchen" in left, b"apfelstrudel" in left) == (False, True)


def test_new_account_needs_its_servers() -> None:
    with pytest.raises(TypeError):
        new_account(imap_port=993, colour=9)
