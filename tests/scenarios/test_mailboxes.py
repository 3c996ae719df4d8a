"""Mailboxes made, renamed, deleted and subscribed at a real Dovecot from the command line."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.scenarios.asked import answer_of, door
from tests.scenarios.test_thin_slice import bind
from tests.support.dovecot import Dovecot, DovecotOptions
from tests.support.home import Home, new_home
from tests.support.mailhost import MailHost, Person
from yizhan.base.ids import MailboxId
from yizhan.services.accounts.asking import ask_mailbox
from yizhan.services.accounts.listing import find_account_id
from yizhan.services.sync.mailboxes import find_mailbox, losses, plan_create, plan_delete

pytestmark = [pytest.mark.root, pytest.mark.real]
ODD = ['客户/Анна "Б"', "back\\slash", "100% & more", "*", "a~tilde & #hash", "عربي", "😀/ß"]
DOTTED = DovecotOptions(extra="namespace inbox {\n  separator = .\n  prefix = INBOX.\n}")
LETTER = b"From: a@test\r\nSubject: kept\r\nMessage-ID: <kept@test>\r\n\r\nkept\r\n"


def at_server(dovecot: Dovecot, person: Person) -> set[str]:
    """The wire names as Python's own client reads them."""
    with dovecot.client(person.address) as client:
        _, lines = client.list()
        return {wire_name(line) for line in lines}


def wire_name(line: Any) -> str:
    words = line[1] if isinstance(line, tuple) else line.split(b' "/" ', 1)[-1].split(b' "." ', 1)[-1]
    text: str = words.decode("ascii")
    quoted = text.startswith('"')
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\") if quoted else text


def listed(home: Home, person: Person) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in home.cli("mailboxes", "list", person.address, "--json").json}


@pytest.fixture(scope="module")
def alice(mailhost: MailHost) -> Person:
    """One for all tests here: each has its own mailboxes."""
    return mailhost.new_person("boxes")


@pytest.fixture(scope="module")
def bound(mailhost: MailHost, alice: Person) -> Iterator[Home]:
    opened = new_home()
    assert opened.cli(*bind(opened, mailhost, alice)).code == 0
    yield opened
    assert opened.inconsistencies() == []


def test_names_of_every_script_and_sign_go_there_and_come_back_as_typed(
    bound: Home, mailhost: MailHost, alice: Person
) -> None:
    made = [bound.cli("mailboxes", "create", alice.address, "--json", "--", name) for name in ODD]
    assert [each.json.get("name", each.out) for each in made] == ODD
    assert set(ODD) <= listed(bound, alice).keys()
    assert {'&W6JiNw-/&BBAEPQQ9BDA- "&BBE-"', "back\\slash", "100% &- more", "&2D3eAA-/&AN8-"} <= at_server(
        mailhost.dovecot, alice
    )
    gone = [bound.cli("mailboxes", "delete", alice.address, "--yes", "--json", "--", name) for name in ODD[:2]]
    assert [each.json for each in gone] == [{"name": name, "deleted": True} for name in ODD[:2]]
    assert set(ODD[:2]).isdisjoint(listed(bound, alice))


def test_a_name_of_wildcards_or_of_signs_that_turn_a_line_round_names_one_mailbox_alone(
    bound: Home, mailhost: MailHost, alice: Person
) -> None:
    before = at_server(mailhost.dovecot, alice)
    for name, other in (("%", '"\\"'), ("\u202etxt", "*%")):
        made = bound.cli("mailboxes", "create", alice.address, "--json", "--", name)
        renamed = bound.cli("mailboxes", "rename", alice.address, "--json", "--", name, other)
        assert (made.code, renamed.code) == (0, 0), made.out[:1500]
        assert (made.json["name"], renamed.json["name"]) == (name, other)
        assert len(at_server(mailhost.dovecot, alice)) == len(before) + 1
        gone = bound.cli("mailboxes", "delete", alice.address, "--yes", "--json", "--", other)
        assert (gone.json, at_server(mailhost.dovecot, alice)) == ({"name": other, "deleted": True}, before)
    long = bound.cli("mailboxes", "create", alice.address, "--json", "--", "x" * 10_000)
    assert (long.code, long.json["error"]["code"]) == (1, "mailbox_name_wrong")


def test_a_list_has_the_roles_and_the_fields_of_the_contract(bound: Home, alice: Person) -> None:
    found = listed(bound, alice)
    assert {name: each["role"] for name, each in found.items() if each["role"]} == {
        "INBOX": "inbox",
        "Sent": "sent",
        "Drafts": "drafts",
        "Junk": "junk",
        "Trash": "trash",
        "Archive": "archive",
    }
    assert next(iter(found)) == "INBOX"
    assert found["INBOX"].keys() == {"name", "role", "messages", "unseen", "subscribed"}
    table = bound.cli("mailboxes", "list", alice.address, "--fresh").out.splitlines()
    assert table[0].split() == ["NAME", "ROLE", "MESSAGES", "UNSEEN", "SUBSCRIBED"]
    assert len(table) == len(found) + 1


def test_a_renamed_mailbox_takes_its_mail_and_those_inside_along(
    bound: Home, mailhost: MailHost, alice: Person
) -> None:
    assert bound.cli("mailboxes", "create", alice.address, "Old/Inner").code == 0
    assert bound.cli("mailboxes", "create", alice.address, "Old").code == 0  # until now only the place of `Inner`
    mailhost.dovecot.deliver(alice.address, LETTER, mailbox="Old/Inner")
    assert bound.cli("sync", alice.address, "--once").code == 0
    before = {each["mailbox"]: each["id"] for each in bound.cli("messages", "list", "--json").json}
    renamed = bound.cli("mailboxes", "rename", alice.address, "Old", "Новое 夹", "--json")
    assert (renamed.code, renamed.json["name"], renamed.json["subscribed"]) == (0, "Новое 夹", True)
    after = {each["mailbox"]: each["id"] for each in bound.cli("messages", "list", "--json").json}
    assert after["Новое 夹/Inner"] == before["Old/Inner"]
    with mailhost.dovecot.client(alice.address) as client:
        _, subscribed = client.lsub()
    assert not [line for line in subscribed if b"Old" in line]


def test_what_cannot_be_meant_is_refused_before_the_server_is_asked(
    bound: Home, mailhost: MailHost, alice: Person
) -> None:
    def code(*words: str) -> str:
        refused = bound.cli("mailboxes", words[0], alice.address, *words[1:], "--json")
        assert refused.code == 1, refused.out
        return str(refused.json["error"]["code"])

    assert bound.cli("mailboxes", "create", alice.address, "A/B").code == 0
    logins = mailhost.dovecot.log.count("Login:")
    assert code("create", "a//b") == "mailbox_name_wrong"
    assert code("rename", "Sent", "Drafts") == "mailbox_taken"
    assert code("delete", "inbox", "--yes") == code("delete", "A", "--yes") == "mailbox_fixed"
    assert code("delete", "Nothing", "--yes") == "not_found"
    assert mailhost.dovecot.log.count("Login:") == logins


def test_the_server_s_own_no_is_named_and_the_account_stays_normal(bound: Home, alice: Person) -> None:
    refused = bound.cli("mailboxes", "create", alice.address, "~tilde", "--json")
    assert refused.code == 1
    diagnosis = refused.json["error"]["diagnosis"]
    assert (diagnosis["stage"], diagnosis["evidence"][:20]) == ("create", "Invalid mailbox name")
    assert bound.cli("accounts", "show", alice.address, "--json").json["status"] == "normal"


def test_a_subscription_comes_and_goes(bound: Home, alice: Person) -> None:
    made = bound.cli("mailboxes", "create", alice.address, "News", "--json").json
    gone = bound.cli("mailboxes", "unsubscribe", alice.address, "News", "--json").json
    back = bound.cli("mailboxes", "subscribe", alice.address, "News", "--json").json
    assert (made["subscribed"], gone["subscribed"], back["subscribed"]) == (True, False, True)


def test_deleting_says_what_goes_and_asks(bound: Home, mailhost: MailHost, alice: Person) -> None:
    assert bound.cli("mailboxes", "create", alice.address, "Doomed").code == 0
    mailhost.dovecot.deliver(alice.address, LETTER, LETTER, mailbox="Doomed")
    assert bound.cli("mailboxes", "list", alice.address, "--fresh").code == 0
    stopped = bound.cli("mailboxes", "delete", alice.address, "Doomed", input="n\n")
    assert (stopped.code, "2 messages" in stopped.err) == (130, True)
    assert "Doomed" in at_server(mailhost.dovecot, alice)
    assert bound.cli("mailboxes", "delete", alice.address, "Doomed", input="y\n").code == 0
    assert "Doomed" not in at_server(mailhost.dovecot, alice)


def test_where_everything_stands_under_a_prefix_a_new_mailbox_does_too(
    home: Home, mailhost: MailHost, bob: Person, start_dovecot_with: Callable[[DovecotOptions], Dovecot]
) -> None:
    dotted = start_dovecot_with(DOTTED)
    dotted.add_user(bob.address, bob.secret)
    words = bind(home, mailhost, bob)
    words[words.index(mailhost.imap)] = dotted.tls
    assert home.cli(*words).code == 0
    made = home.cli("mailboxes", "create", bob.address, "客户.Anna", "--json")
    assert (made.code, made.json["name"]) == (0, "INBOX.客户.Anna")
    assert (
        home.cli("mailboxes", "rename", bob.address, "inbox.客户.Anna", "INBOX.Анна", "--json").json["name"]
        == "INBOX.Анна"
    )
    assert "INBOX.&BBAEPQQ9BDA-" in at_server(dotted, bob)
    assert listed(home, bob)["INBOX.Sent"]["role"] == "sent"


def test_the_engine_does_it_while_it_has_the_account_and_never_deletes_more_than_was_told(
    bound: Home, mailhost: MailHost, alice: Person
) -> None:
    with bound.serve(), door(bound) as scope:
        account_id = find_account_id(scope, alice.address)
        made = answer_of(scope, ask_mailbox(scope, account_id, plan_create(scope, account_id, "Engine/夹").kept()))
        assert (made["state"], made["error"], made["diagnosis"]) == ("done", None, None)
        mailbox_id = MailboxId(find_mailbox(scope, account_id, "Engine/夹"))
        told = plan_delete(scope, mailbox_id, losses(scope, mailbox_id).messages or 0)
        mailhost.dovecot.deliver(alice.address, LETTER, mailbox="Engine/&WTk-")
        refused = answer_of(scope, ask_mailbox(scope, account_id, told.kept()))
        assert (refused["state"], refused["error"]["code"]) == ("failed", "mailbox_grew")
        assert "Engine/&WTk-" in at_server(mailhost.dovecot, alice)
        assert (
            bound.cli("mailboxes", "rename", alice.address, "Engine/夹", "Engine/Ж", "--json").json["name"]
            == "Engine/Ж"
        )
