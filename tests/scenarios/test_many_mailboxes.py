"""An account with thousands of folders is bound and read like any other."""

import os
import time

import pytest

from tests.scenarios.test_thin_slice import bind
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person

pytestmark = [pytest.mark.root, pytest.mark.real]
MANY = 5_000
SECONDS = 60.0  # for the check and the first list, on a busy machine


def make_mailboxes(mailhost: MailHost, person: Person) -> None:
    """On the server's disk, where Dovecot finds them (Maildir++); so many CREATEs would take it minutes."""
    with mailhost.dovecot.client(person.address) as client:
        client.create("Clients")
        home = mailhost.dovecot.folder / "mail" / person.address / "Maildir"
    owner = home.stat()
    for number in range(MANY):
        for part in ("", "cur", "new", "tmp"):
            folder = home / f".Clients.{number:04}" / part
            folder.mkdir()
            os.chown(folder, owner.st_uid, owner.st_gid)


def test_five_thousand_folders_are_all_listed_and_the_account_is_normal(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    make_mailboxes(mailhost, alice)
    begun = time.monotonic()
    added = home.cli(*bind(home, mailhost, alice))
    assert (added.code, added.json["status"]) == (0, "normal")
    assert time.monotonic() - begun < SECONDS
    assert added.json["mailboxes"] >= MANY
    assert home.cli("sync", alice.address, "--once").code == 0
    shown = home.cli("accounts", "show", alice.address, "--json").json
    assert (shown["status"], shown["mailboxes"]) == ("normal", added.json["mailboxes"])
