"""Mail appears by itself, whatever the server offers for it, and no more of a provider is asked than it bears."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenarios.asked import answer_of, door
from tests.scenarios.halves import wait_for
from tests.support.dovecot import Dovecot, DovecotOptions
from tests.support.faulty import FaultyServer, Line, Script, imap, serving, silence, smtp
from tests.support.fixtures import add_person
from tests.support.home import Home
from tests.support.mailhost import Person
from tests.support.places import given_file
from yizhan.base.clock import SystemClock
from yizhan.base.ids import AccountId, MessageId
from yizhan.base.secret import Secret
from yizhan.services.accounts.asking import ask_bind, ask_check, ask_sync
from yizhan.services.accounts.forms import BindForm
from yizhan.services.accounts.listing import show_account
from yizhan.services.messages.acting import Selection, mark
from yizhan.services.messages.reading import list_messages
from yizhan.services.owners import news
from yizhan.store.scope import Scope

SECONDS = 100.0
LETTER = "From: {0}\r\nTo: {0}\r\nSubject: {1}\r\nMessage-ID: <{1}@test>\r\n\r\nHello\r\n"
SCRIPTED = "li@example.com"


def letter(person: Person, subject: str) -> bytes:
    return LETTER.format(person.address, subject).encode()


def bind_at(scope: Scope, address: str, secret: str, imap_at: str, smtp_server: FaultyServer) -> AccountId:
    servers = {"imap": imap_at, "smtp": smtp_server.endpoint("plain")}
    asked = answer_of(scope, ask_bind(scope, BindForm(address, Secret(secret), login=address, **servers)))
    assert asked["state"] == "done", asked
    return AccountId(asked["account_id"])


def subjects(scope: Scope, account_id: AccountId, role: str) -> set[str]:
    return {each["subject"] for each in list_messages(scope, account_id, role, 50, None)}


def check_mail_comes(scope: Scope, account_id: AccountId, subject: str, role: str = "inbox") -> None:
    wait_for(f"{subject} in {role}", lambda: subject in subjects(scope, account_id, role), SECONDS)


def wait_for_status(scope: Scope, account_id: AccountId, status: str) -> dict[str, object]:
    wait_for(status, lambda: show_account(scope, account_id, "en")["status"] == status, SECONDS)
    return dict(show_account(scope, account_id, "en"))


class Crowd:
    """A server's script that another may replace, and how many were at it at once."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.here = self.most = self.came = 0

    async def __call__(self, line: Line) -> None:
        self.came += 1
        self.here += 1
        self.most = max(self.most, self.here)
        try:
            await self.script(line)
        finally:
            self.here -= 1


@pytest.mark.real
@pytest.mark.parametrize(
    "without", [frozenset(), frozenset({"NOTIFY"}), frozenset({"NOTIFY", "IDLE"})], ids=["notify", "idle", "poll"]
)
def test_new_mail_appears_by_itself_in_the_inbox_and_elsewhere_and_what_goes_goes_here(
    home: Home, start_dovecot_with: Callable[[DovecotOptions], Dovecot], without: frozenset[str]
) -> None:
    server = start_dovecot_with(DovecotOptions(without=without))
    person = add_person(server, "person@example.test")
    [old] = server.deliver(person.address, letter(person, "old"))
    with serving(smtp()) as sending, door(home) as scope, home.engine():
        account_id = bind_at(scope, person.address, person.secret, server.plain, sending)
        check_mail_comes(scope, account_id, "old")
        server.deliver(person.address, letter(person, "new"))
        server.deliver(person.address, letter(person, "sent"), mailbox="Sent")
        server.deliver(person.address, letter(person, "junk"), mailbox="Junk")
        check_mail_comes(scope, account_id, "new")
        check_mail_comes(scope, account_id, "sent", "sent")
        check_mail_comes(scope, account_id, "junk", "junk")
        with server.client(person.address) as client:
            client.select("INBOX")
            client.uid("STORE", str(old), "+FLAGS", r"(\Deleted)")
            client.expunge()
        wait_for("its end", lambda: subjects(scope, account_id, "inbox") == {"new"}, SECONDS)


@pytest.mark.real
def test_one_account_whose_server_fell_silent_does_not_disturb_another(
    home: Home, dovecot: Dovecot, imap_person: Person
) -> None:
    crowd = Crowd(imap())
    with serving(crowd) as stalling, serving(smtp()) as sending, door(home) as scope, home.engine():
        dead = bind_at(scope, SCRIPTED, "made-up", stalling.endpoint("plain"), sending)
        alive = bind_at(scope, imap_person.address, imap_person.secret, dovecot.plain, sending)
        wait_for("the watch", lambda: crowd.here == 1, SECONDS)
        crowd.script = silence
        answered = len(stalling.lines)
        stalling.hang_up()
        dovecot.deliver(imap_person.address, letter(imap_person, "beside"))
        check_mail_comes(scope, alive, "beside")
        wait_for("another try", lambda: len(stalling.lines) > answered, SECONDS)
        assert wait_for_status(scope, dead, "unreachable")["diagnosis"]
        assert show_account(scope, alive, "en")["status"] == "normal"


@pytest.mark.real
def test_what_a_person_does_arrives_at_the_server_while_it_is_listened_to(
    home: Home, dovecot: Dovecot, imap_person: Person
) -> None:
    [uid] = dovecot.deliver(imap_person.address, letter(imap_person, "mine"))
    with serving(smtp()) as sending, door(home) as scope, home.engine():
        account_id = bind_at(scope, imap_person.address, imap_person.secret, dovecot.plain, sending)
        check_mail_comes(scope, account_id, "mine")
        number = list_messages(scope, account_id, "inbox", 1, None)[0]["id"]
        mark(scope, Selection((MessageId(number),)), flagged=True, clock=SystemClock())
        wait_for("the flag", lambda: "\\Flagged" in dovecot.flags(imap_person.address, uid), SECONDS)


@pytest.mark.real
def test_bytes_that_were_lost_or_damaged_come_again_when_the_message_is_opened(
    home: Home, dovecot: Dovecot, imap_person: Person
) -> None:
    raw = letter(imap_person, "kept")
    dovecot.deliver(imap_person.address, raw)
    with serving(smtp()) as sending, door(home) as scope:
        with home.engine():
            account_id = bind_at(scope, imap_person.address, imap_person.secret, dovecot.plain, sending)
            check_mail_comes(scope, account_id, "kept")
            wait_for("its bytes", lambda: stored(home) != [], SECONDS)
            stored(home)[0].unlink()
            number = list_messages(scope, account_id, "inbox", 1, None)[0]["id"]
            again = home.cli("messages", "show", str(number), "--raw")
            assert again.out.encode() == raw.replace(b"\r\n", b"\n")
        stored(home)[0].write_bytes(b"damaged")
        alone = home.cli("messages", "show", str(number), "--raw")
        assert alone.out == again.out, alone.err


def stored(home: Home) -> list[Path]:
    return [each for each in (home.folder / "blobs").glob("*/*/*") if each.is_file()]


def test_no_more_than_two_connections_are_open_at_once_whatever_is_asked(home: Home) -> None:
    crowd = Crowd(imap())
    with serving(crowd) as server, serving(smtp()) as sending, door(home) as scope, home.engine():
        account_id = bind_at(scope, SCRIPTED, "made-up", server.endpoint("plain"), sending)
        wait_for("the watch", lambda: crowd.here == 1 and b"LIST" in server.heard, SECONDS)
        asked = [ask(scope, account_id) for _ in range(3) for ask in (ask_check, ask_sync)]
        ends = [answer_of(scope, each, SECONDS)["state"] for each in asked]
        assert ends == ["done"] * len(asked)
        assert crowd.most == 2


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", 299),
        ("NO [ALERT] Account exceeded command or bandwidth limits.", 900),
        ("NO [LIMIT] Too many requests, throttled", 60),
    ],
    ids=["exchange", "gmail", "limit"],
)
def test_a_server_that_throttles_is_left_alone_until_the_time_it_names(home: Home, words: str, seconds: int) -> None:
    crowd = Crowd(imap())
    with serving(crowd) as server, serving(smtp()) as sending, door(home) as scope, home.engine():
        crowd.script = imap({"LIST": words})  # a bind asks for no list
        account_id = bind_at(scope, SCRIPTED, "made-up", server.endpoint("plain"), sending)
        shown = wait_for_status(scope, account_id, "throttled")
        assert shown["diagnosis"]["retry_after_s"] >= seconds  # type: ignore[index]
        came = crowd.came
        time.sleep(4.0)  # rounds of the engine
        assert (crowd.came, crowd.here) == (came, 0)


def test_a_limit_while_sending_throttles_the_account_and_its_mail_still_comes(home: Home) -> None:
    crowd = Crowd(imap())
    text = given_file("Hi\n")
    refusal = smtp({"MAIL": "451 4.7.1 Ratelimit exceeded for mailbox"})
    with serving(crowd) as server, serving(refusal) as sending, door(home) as scope, home.engine():
        account_id = bind_at(scope, SCRIPTED, "made-up", server.endpoint("plain"), sending)
        words = ["--from", SCRIPTED, "--to", "bob@example.com", "--text-file", str(text), "--subject"]
        assert home.cli("send", *words, "one").code == 0
        wait_for_status(scope, account_id, "throttled")
        assert home.cli("send", *words, "two").code == 0
        time.sleep(4.0)  # rounds of the engine
        assert sending.heard.count(b"MAIL FROM") == 1
        assert crowd.here == 1
        told = [each["payload"]["status"] for each in news.since(scope, 0, 1000) if each["kind"] == "account.status"]
        assert told[-1] == "throttled"
