"""`serve` keeps both halves running: whichever is killed comes back, and all end when they are told to."""

import os
import signal
import stat
import time
import urllib.request
from base64 import b64encode

import pytest

from tests.scenarios.asked import answer_of, bind, door, form
from tests.scenarios.halves import half, is_alive, kill_half, wait_for, wait_for_another
from tests.support.home import Home, new_home
from tests.support.mailhost import MailHost, Person
from tests.support.places import new_folder
from tests.support.ports import free_port
from yizhan.base.ids import AccountId
from yizhan.services.accounts.asking import ask_bind, ask_check
from yizhan.services.accounts.listing import list_accounts

real = [pytest.mark.root, pytest.mark.real]


def answers(url: str) -> bool:
    with urllib.request.urlopen(url, timeout=40) as answer:
        return bool(answer.status == 200)


def test_serve_prints_a_set_up_link_that_opens_and_ends_when_told(home: Home) -> None:
    with home.serve() as serving:
        wait_for("the link", lambda: "/setup/" in serving.output)
        assert answers(serving.link)
        halves = [half(serving, "web"), half(serving, "engine")]
        begun = time.monotonic()
        assert serving.stop() == 0
        assert time.monotonic() - begun < 8
    assert [pid for pid in halves if is_alive(pid)] == []
    assert "/setup/" not in "".join(line for line in serving.output.splitlines() if " INFO " in line)


def test_a_port_that_is_taken_is_said_and_nothing_is_started(home: Home) -> None:
    with home.serve() as serving:
        port = serving.url.rpartition(":")[2]
        second = new_home().cli("serve", "--port", port)
        assert second.code == 1
        assert f"127.0.0.1:{port}" in second.err
        assert "--port" in second.err
        assert second.out == ""


def test_an_interrupted_serve_says_so_by_its_code(home: Home) -> None:
    with home.serve() as serving:
        serving.server.process.send_signal(signal.SIGINT)
        assert serving.server.process.wait(10) == 130


def test_a_killed_engine_comes_back_and_the_web_is_untouched(home: Home) -> None:
    with home.serve() as serving:
        wait_for("its first start", lambda: "engine_started" in serving.output)
        web, engine = half(serving, "web"), kill_half(serving, "engine")
        wait_for_another(serving, "engine", engine)
        wait_for("its start", lambda: serving.output.count("engine_started") == 2)
        assert half(serving, "web") == web


def test_a_killed_web_comes_back_at_the_same_address_and_the_engine_is_untouched(home: Home) -> None:
    with home.serve() as serving:
        engine, web = half(serving, "engine"), kill_half(serving, "web")
        wait_for_another(serving, "web", web)
        assert answers(serving.link)  # waits in the socket that the supervisor holds
        assert half(serving, "engine") == engine


def test_halves_whose_parent_was_killed_end_by_themselves(home: Home) -> None:
    port = free_port()
    with home.serve(port=port) as serving:
        halves = [half(serving, "web"), half(serving, "engine")]
        os.kill(serving.server.process.pid, signal.SIGKILL)
        wait_for("their end", lambda: not any(is_alive(pid) for pid in halves), seconds=15)
    with home.serve(port=port) as again:
        assert half(again, "engine") not in halves


@pytest.mark.root
@pytest.mark.real
def test_a_bind_that_was_under_way_when_everything_was_killed_is_answered_after_the_next_start(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    with door(home) as scope:
        with home.serve() as serving:
            asked = ask_bind(scope, form(mailhost, alice))
            serving.kill()
        with home.serve():
            assert answer_of(scope, asked)["state"] == "done"
            assert [each["address"] for each in list_accounts(scope, "en")] == [alice.address]


@pytest.mark.root
@pytest.mark.real
def test_requests_survive_an_engine_that_is_killed_again_and_again(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    with door(home) as scope, home.serve() as serving:
        account_id = AccountId(bind(scope, mailhost, alice)["account_id"])
        asked = []
        for _ in range(3):
            asked.append(ask_check(scope, account_id))
            engine = kill_half(serving, "engine")
            wait_for_another(serving, "engine", engine)
        wait_for_another(serving, "web", kill_half(serving, "web"))
        assert {answer_of(scope, each, 60)["state"] for each in asked} <= {"done"}


@pytest.mark.root
@pytest.mark.real
def test_the_key_is_rotated_while_serve_runs_and_every_half_goes_on(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    with door(home) as scope, home.serve():
        account_id = AccountId(bind(scope, mailhost, alice)["account_id"])
        before = (home.folder / "keys").read_text()
        for _ in range(2):
            assert home.cli("rotate-key", "--json").json == {"rotated": True}
            assert answer_of(scope, ask_check(scope, account_id))["state"] == "done"
        assert (home.folder / "keys").read_text() != before
        assert stat.S_IMODE((home.folder / "keys").stat().st_mode) == 0o600


@pytest.mark.root
@pytest.mark.real
def test_secrets_without_their_key_keep_everything_from_starting_and_say_why(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    with door(home) as scope, home.engine():
        bind(scope, mailhost, alice)
    kept = (home.folder / "keys").rename(home.folder / "keys.away")
    for words in (["serve", "--port", str(free_port())], ["engine"], ["web", "--port", str(free_port())]):
        refused = home.cli(*words)
        assert (words[0], refused.code) == (words[0], 1)
        assert "YIZHAN_KEY" in refused.err
    listed = home.cli("accounts", "list", "--json")
    assert (listed.code, listed.json["error"]["code"]) == (1, "key_missing")
    kept.rename(home.folder / "keys")
    assert home.cli("accounts", "list").code == 0


@pytest.mark.root
@pytest.mark.real
@pytest.mark.parametrize("variable", ["YIZHAN_KEY", "CREDENTIALS_DIRECTORY"])
def test_a_key_that_is_given_from_outside_serves_every_process_and_no_file_is_made(
    mailhost: MailHost, alice: Person, variable: str
) -> None:
    home = new_home({variable: _given_key()[variable]})
    words = ["accounts", "add", alice.address, "--secret-file", str(alice.secret_file), "--imap", mailhost.imap]
    assert home.cli(*words, "--smtp", mailhost.smtp, "--ca-file", str(mailhost.ca_file)).code == 0
    with home.engine() as engine:
        wait_for("a round", lambda: home.cli("accounts", "check", alice.address).code == 0)
        assert "crashed" not in engine.log.read_text()
    assert not (home.folder / "keys").exists()
    del home.env[variable]
    assert home.cli("accounts", "list", "--json").json["error"]["code"] == "key_missing"


def _given_key() -> dict[str, str]:
    """One key, as it is given by each way."""
    key = b64encode(os.urandom(32)).decode()
    folder = new_folder("credentials")
    (folder / "yizhan.key").write_text(key)
    return {"YIZHAN_KEY": key, "CREDENTIALS_DIRECTORY": str(folder)}
