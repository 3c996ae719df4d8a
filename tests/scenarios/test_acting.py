"""Mail marked, moved and deleted from the command line, on a real server."""

import pytest

from tests.scenarios.asked import door
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from yizhan.services.messages.reading import list_messages
from yizhan.store.scope import Scope

pytestmark = [pytest.mark.root, pytest.mark.real]
LETTER = "From: {0}\r\nTo: {0}\r\nSubject: n{1}\r\nMessage-ID: <a{1}@test>\r\n\r\nHi\r\n"


def deliver(mailhost: MailHost, person: Person, many: int) -> None:
    letters = [LETTER.format(person.address, number).encode() for number in range(many)]
    mailhost.dovecot.deliver(person.address, *letters)


def add(home: Home, mailhost: MailHost, person: Person) -> None:
    words = ["accounts", "add", person.address, "--secret-file", str(person.secret_file), "--ca-file"]
    added = home.cli(*words, str(mailhost.ca_file), "--imap", mailhost.imap, "--smtp", mailhost.smtp)
    assert added.code == 0, added.err


def ids(scope: Scope, role: str = "inbox") -> list[str]:
    """The ids in mailboxes of that role, the oldest first."""
    return [str(each["id"]) for each in reversed(list_messages(scope, None, role, 50, None))]


def count(mailhost: MailHost, person: Person, mailbox: str) -> int:
    return len(mailhost.dovecot.messages(person.address, mailbox))


def test_what_is_done_here_is_at_the_server_after_the_next_sync(home: Home, mailhost: MailHost, alice: Person) -> None:
    deliver(mailhost, alice, 4)
    add(home, mailhost, alice)
    with door(home) as scope:
        first, second, third, fourth = ids(scope)
        assert home.cli("messages", "mark", first).code == 2
        assert home.cli("messages", "move", first, "--to", "Nowhere", "--json").json["error"]["code"] == "not_found"
        marked = home.cli("messages", "mark", first, "--seen", "--flagged", "--json").json
        assert (marked["count"], marked["undo_until"]) == (1, None)
        assert home.cli("messages", "archive", second, "--json").json["mailboxes"] == ["Archive"]
        deleted = home.cli("messages", "delete", third, "--json").json
        assert home.cli("messages", "move", fourth, "--to", "Junk").code == 0
        assert ids(scope) == [first]
        assert home.cli("messages", "undo", deleted["action"], "--json").json["undone"] is True
        assert ids(scope) == [first, third]
        assert home.cli("sync", alice.address).code == 0
        assert mailhost.dovecot.flags(alice.address, 1) == {"\\Seen", "\\Flagged"}
        assert [count(mailhost, alice, name) for name in ("INBOX", "Archive", "Junk", "Trash")] == [2, 1, 1, 0]
        assert (ids(scope, "archive"), ids(scope, "junk")) == ([second], [fourth])
        late = home.cli("messages", "undo", deleted["action"], "--json")
        assert (late.code, late.json["error"]["code"]) == (1, "undo_too_late")


def test_deleting_from_trash_asks_first(home: Home, mailhost: MailHost, alice: Person) -> None:
    deliver(mailhost, alice, 1)
    add(home, mailhost, alice)
    with door(home) as scope:
        [only] = ids(scope)
        assert home.cli("messages", "delete", only).code == 0
        assert home.cli("sync", alice.address).code == 0
        assert ids(scope, "trash") == [only]
        declined = home.cli("messages", "delete", only, input="n\n")
        assert (declined.code, ids(scope, "trash")) == (130, [only])
        assert home.cli("messages", "delete", only, "--yes", "--json").json["count"] == 1
        assert home.cli("sync", alice.address).code == 0
        assert count(mailhost, alice, "Trash") == 0
