"""What may be asked of an account's mailboxes, before any server is."""

from collections.abc import Callable

import pytest

from tests.store.making import bind, take_lease
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId, MailboxId, WorkspaceId
from yizhan.imap import utf7
from yizhan.services.messages.mailboxes import list_beside, list_tree, show_mailbox
from yizhan.services.sync import mailboxes as changing
from yizhan.services.sync.names import MailboxFixed, MailboxNameWrong, MailboxTaken
from yizhan.store import accounts, mailboxes
from yizhan.store.mailboxes import MailboxFacts
from yizhan.store.models import Mailbox
from yizhan.store.scope import Scope


def of(scope: Scope, *names: str, delimiter: str = "/") -> tuple[AccountId, dict[str, MailboxId]]:
    account = bind(scope)
    facts = [
        MailboxFacts(wire_name=utf7.encode(name), name=name, delimiter=delimiter, role="inbox" * (name == "INBOX"))
        for name in names
    ]
    rows = mailboxes.store_list(account.pk, facts, take_lease(account))
    return AccountId(account.pk), {row.name: MailboxId(row.pk) for row in rows}


def test_a_mailbox_is_found_by_its_name_and_the_inbox_in_any_spelling(scope: Scope) -> None:
    account_id, ids = of(scope, "INBOX", "INBOX/客户", "客户")
    assert changing.find_mailbox(scope, account_id, "客户") == ids["客户"]
    assert changing.find_mailbox(scope, account_id, "inbox") == ids["INBOX"]
    assert changing.find_mailbox(scope, account_id, "Inbox/客户") == ids["INBOX/客户"]
    with pytest.raises(NotFound):
        changing.find_mailbox(scope, account_id, "Kunden")


def test_what_is_planned_is_kept_as_a_payload_and_names_no_wire_name(scope: Scope) -> None:
    account_id, ids = of(scope, "INBOX", "A")
    assert changing.plan_create_inside(scope, account_id, ids["A"], " 里 ").kept() == {
        "act": "create", "mailbox_id": None, "name": "A/里", "role": "", "told": None,
    }  # fmt: skip
    assert changing.plan_rename_here(scope, ids["A"], "Б").name == "Б"
    assert changing.plan_delete(scope, ids["A"], 7).told == 7


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (lambda scope, account, ids: changing.plan_create(scope, account, "A"), MailboxTaken),
        (lambda scope, account, ids: changing.plan_create(scope, account, "x", "inbox"), BadInput),
        (lambda scope, account, ids: changing.plan_create_inside(scope, account, ids["A"], "x/y"), MailboxNameWrong),
        (lambda scope, account, ids: changing.plan_rename(scope, ids["INBOX"], "x"), MailboxFixed),
        (lambda scope, account, ids: changing.plan_rename(scope, ids["A"], "A/x"), MailboxFixed),
        (lambda scope, account, ids: changing.plan_rename_here(scope, ids["A/B"], "C/D"), MailboxNameWrong),
        (lambda scope, account, ids: changing.plan_delete(scope, ids["INBOX"], 0), MailboxFixed),
        (lambda scope, account, ids: changing.plan_delete(scope, ids["A"], 0), MailboxFixed),
        (lambda scope, account, ids: changing.choose_follow(scope, ids["A"], "sometimes"), BadInput),
        (lambda scope, account, ids: changing.choose_range(scope, account, 8), BadInput),
    ],
)
def test_what_cannot_be_meant_is_refused(
    scope: Scope, plan: Callable[[Scope, AccountId, dict[str, MailboxId]], object], error: type[BadInput]
) -> None:
    account, ids = of(scope, "INBOX", "A", "A/B")
    with pytest.raises(error):
        plan(scope, account, ids)


def test_where_there_are_no_levels_nothing_is_inside_anything(scope: Scope) -> None:
    account, ids = of(scope, "INBOX", "A", "A/B", delimiter="")
    assert changing.losses(scope, ids["A"]).inside == 0
    with pytest.raises(MailboxFixed):
        changing.plan_create_inside(scope, account, ids["A"], "x")


def test_nobody_else_s_mailbox_can_be_named(scope: Scope) -> None:
    _, ids = of(scope, "INBOX", "A")
    stranger = Scope(WorkspaceId(scope.workspace_id + 1))
    with pytest.raises(NotFound):
        changing.plan_delete(stranger, ids["A"], 0)
    with pytest.raises(NotFound):
        show_mailbox(stranger, ids["A"])
    with pytest.raises(NotFound):
        changing.choose_follow(stranger, ids["A"], Mailbox.Follow.NEVER)


def test_what_is_kept_here_is_chosen_for_the_account_and_for_one_mailbox(scope: Scope) -> None:
    account, ids = of(scope, "INBOX", "A")
    changing.choose_range(scope, account, 30)
    assert changing.read_range(scope, account) == {"days": 30, "since": None}
    changing.choose_range(scope, account, None)
    assert accounts.get(scope, account).sync_days is None
    changing.choose_follow(scope, ids["A"], "never")
    assert show_mailbox(scope, ids["A"])["follow"] == "never"


def test_thousands_of_mailboxes_are_listed_whole_and_shown_beside_mail_in_part(scope: Scope) -> None:
    account, _ = of(scope, *(f"m{number // 100}/{number}" for number in range(2_000)))
    assert len(list_tree(scope, account)) == 2_000
    assert len(list_beside(scope, [account], 300)[account]) == 300
