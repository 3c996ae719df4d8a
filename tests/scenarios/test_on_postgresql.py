"""Web, engine and commands on PostgreSQL, with real servers, and an engine that is killed under way."""

from collections.abc import Iterator

import pytest

from tests.scenarios.asked import answer_of, bind, door
from tests.scenarios.halves import kill_half, wait_for, wait_for_another
from tests.support.home import Home, new_home
from tests.support.mailhost import MailHost, Person
from tests.support.places import given_file
from tests.support.postgres import running_cluster
from yizhan.base.ids import AccountId
from yizhan.services.accounts.asking import ask_check
from yizhan.services.accounts.listing import show_account

pytestmark = [pytest.mark.root, pytest.mark.real]


@pytest.fixture
def postgres_home() -> Iterator[Home]:
    """An empty home whose data are in a PostgreSQL of its own."""
    with running_cluster() as cluster:
        home = new_home({"YIZHAN_DATABASE_URL": cluster.url(cluster.create_database())})
        yield home
        assert home.inconsistencies() == []


def test_an_account_on_postgresql_is_bound_checked_read_and_sends_though_the_engine_is_killed(
    postgres_home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    text = str(given_file("价格 / Цена\n"))
    sending = ["send", "--from", alice.address, "--to", bob.address, "--text-file", text, "--json", "--subject"]
    with door(postgres_home) as scope, postgres_home.serve() as serving:
        account_id = AccountId(bind(scope, mailhost, alice)["account_id"])
        before = postgres_home.cli(*sending, "before", "--wait").json
        assert (before["state"], before["sent_copy"]) == ("sent", "appended")
        asked = ask_check(scope, account_id)
        queued = postgres_home.cli(*sending, "under way").json
        engine = kill_half(serving, "engine")
        wait_for_another(serving, "engine", engine)
        assert answer_of(scope, asked, 60)["state"] == "done"
        after = postgres_home.cli(*sending, "after", "--wait").json
        assert (after["state"], after["sent_copy"]) == ("sent", "appended")
        for each in (before, queued, after):
            mailhost.wait_for(bob, each["message_id"])
        mailhost.send(bob, alice.address, message=LETTER.format(bob.address, alice.address).encode())
        wait_for("the answer", lambda: show_account(scope, account_id, "en")["unseen"] == 1, 100)
        assert postgres_home.cli("accounts", "check", alice.address, "--json").json["status"] == "normal"
    arrived = b"".join(mailhost.dovecot.messages(bob.address))
    assert [arrived.count(f"Message-ID: {each['message_id']}".encode()) for each in (before, queued, after)] == [1] * 3
    assert not (postgres_home.folder / "yizhan.sqlite3").exists()


LETTER = "From: {0}\r\nTo: {1}\r\nSubject: Re: before\r\nMessage-ID: <answer@test>\r\n\r\nThank you\r\n"
