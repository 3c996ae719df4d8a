"""What bad input gets at the command line: a named refusal in time, no secret shown, nothing half-kept."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.certificates import Authority
from tests.support.faulty import (
    Script,
    black_hole,
    dripping,
    garbage,
    imap,
    saying,
    saying_goodbye,
    serving,
    silence,
    smtp,
)
from tests.support.home import Home, new_home
from tests.support.nameserver import answering
from tests.support.places import given_file
from tests.support.ports import free_port

SECONDS = 30.0  # the longest that anybody waits for a verdict
START_SECONDS = 8.0  # of that, what a busy machine may take to start the command itself


@dataclass(frozen=True, slots=True)
class Adding:
    """`accounts add` with a planted secret, and what must hold whenever it is refused."""

    home: Home
    secret_file: Path

    def check_refused(
        self, cause: str, *, code: int, imap: str, smtp: str = "", stage: str = "", ca_file: Path | None = None
    ) -> Mapping[str, str]:
        """Refused by this name in time, and nothing of it kept; gives the error.  (`Home.cli` looks for the secret.)"""
        words = ["--imap", imap, "--smtp", smtp or imap, "--secret-file", str(self.secret_file)]
        trust = ["--ca-file", str(ca_file)] if ca_file else []
        begun = time.monotonic()
        refused = self.home.cli("accounts", "add", "li@example.com", *words, *trust, "--json")
        assert time.monotonic() - begun < SECONDS + START_SECONDS
        error = refused.json["error"]
        assert (refused.code, error["code"]) == (code, cause), error
        assert (error.get("diagnosis") or {}).get("stage", "") == stage
        self.check_nothing_kept()
        return dict(error)

    def check_nothing_kept(self) -> None:
        """Asked of the database itself; `test_a_refused_account_is_not_listed` asks the command."""
        database = sqlite3.connect(f"file:{self.home.folder / 'yizhan.sqlite3'}?mode=ro", uri=True)
        try:
            assert [database.execute(f"SELECT count(*) FROM {table}").fetchone() for table in KEEPING] == [(0,)] * 4
        finally:
            database.close()


KEEPING = ("store_account", "store_credential", "store_mailbox", "store_submission")


@pytest.fixture
def adding(home: Home, secret_file: Path) -> Adding:
    return Adding(home, secret_file)


# Reaching the server.


def test_a_closed_port_is_named(adding: Adding) -> None:
    adding.check_refused("connection_refused", code=3, stage="connect", imap=f"127.0.0.1:{free_port()}/tls")


def test_a_refused_account_is_not_listed(adding: Adding) -> None:
    adding.check_refused("connection_refused", code=3, stage="connect", imap=f"127.0.0.1:{free_port()}/starttls")
    listed = adding.home.cli("accounts", "list", "--json")
    assert (listed.code, listed.json) == (0, [])


def test_a_black_hole_is_named_within_its_deadline(adding: Adding) -> None:
    with black_hole() as port:
        adding.check_refused("timeout", code=3, stage="connect", imap=f"127.0.0.1:{port}/tls")


def test_a_private_address_is_refused_before_a_packet_is_sent(adding: Adding) -> None:
    adding.check_refused("address_forbidden", code=1, stage="resolve", imap="10.1.2.3:993/tls")


def test_a_private_address_in_another_spelling_is_refused_too(adding: Adding) -> None:
    adding.check_refused("address_forbidden", code=1, stage="resolve", imap="167772161:993/tls")


def test_a_name_that_leads_inside_is_refused(secret_file: Path) -> None:
    with answering({"imap.trick.test": {"A": ["8.8.8.8", "169.254.169.254"]}}) as names:
        adding = Adding(new_home({"YIZHAN_NAMESERVER": names.address}), secret_file)
        adding.check_refused("address_forbidden", code=1, stage="resolve", imap="imap.trick.test:993/tls")


def test_a_name_without_an_address_is_named(secret_file: Path) -> None:
    with answering({}) as names:
        adding = Adding(new_home({"YIZHAN_NAMESERVER": names.address}), secret_file)
        adding.check_refused("dns_failure", code=3, stage="resolve", imap="imap.nowhere.test:993/tls")


# Encryption.


def test_tls_spoken_to_a_plain_port_is_named(adding: Adding) -> None:
    with serving(imap()) as server:
        adding.check_refused("wrong_port_or_tls_mode", code=1, stage="tls", imap=server.endpoint("tls"))


@pytest.mark.parametrize("security", ["plain", "starttls"])
def test_plain_spoken_to_a_tls_port_is_named(adding: Adding, authority: Authority, security: str) -> None:
    with serving(imap(), authority.good) as server:
        adding.check_refused("timeout", code=3, stage="greeting", imap=server.endpoint(security))
        assert server.heard == b""


def test_an_unknown_authority_is_named(adding: Adding, authority: Authority, stranger: Authority) -> None:
    with serving(imap(), stranger.good) as server:
        adding.check_refused(
            "tls_untrusted", code=1, stage="tls", imap=server.endpoint("tls"), ca_file=authority.ca_file
        )


def test_an_expired_certificate_is_named(adding: Adding, authority: Authority) -> None:
    with serving(imap(), authority.expired) as server:
        adding.check_refused("tls_expired", code=1, stage="tls", imap=server.endpoint("tls"), ca_file=authority.ca_file)


def test_a_certificate_for_another_name_is_named(adding: Adding, authority: Authority) -> None:
    with serving(imap(), authority.wrong_name) as server:
        adding.check_refused(
            "tls_hostname_mismatch", code=1, stage="tls", imap=server.endpoint("tls"), ca_file=authority.ca_file
        )


def test_a_ca_file_that_is_none_is_named(adding: Adding) -> None:
    with serving(imap()) as server:
        adding.check_refused(
            "bad_input", code=1, imap=server.endpoint("tls"), ca_file=given_file("no certificate", "ca.pem")
        )


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 LOGINDISABLED"])
def test_starttls_that_was_stripped_is_named_and_no_secret_is_sent(adding: Adding, capabilities: str) -> None:
    with serving(imap(capabilities=capabilities)) as server:
        adding.check_refused("starttls_unavailable", code=1, stage="tls", imap=server.endpoint("starttls"))
        assert b"LOGIN" not in server.heard.upper().replace(b"LOGINDISABLED", b"")


def test_starttls_that_was_stripped_from_smtp_is_named(adding: Adding, authority: Authority) -> None:
    with serving(imap(), authority.good) as good, serving(smtp()) as server:
        adding.check_refused(
            "starttls_unavailable",
            code=1,
            stage="smtp_tls",
            imap=good.endpoint("tls"),
            smtp=server.endpoint("starttls"),
            ca_file=authority.ca_file,
        )
        assert b"AUTH" not in server.heard.upper()


@pytest.mark.parametrize("injected", ["* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "* OK", "Y2 OK fooled\r\n"])
def test_a_response_injected_before_starttls_is_an_interception(
    adding: Adding, authority: Authority, injected: str
) -> None:
    script = imap(capabilities="IMAP4rev1 STARTTLS", certificate=authority.good, injected=injected)
    with serving(script) as server:
        adding.check_refused(
            "tls_intercepted", code=1, stage="tls", imap=server.endpoint("starttls"), ca_file=authority.ca_file
        )
        assert b"LOGIN" not in server.heard.upper()


def test_a_response_injected_before_starttls_of_smtp_is_an_interception(adding: Adding, authority: Authority) -> None:
    script = smtp(extensions=("STARTTLS", "AUTH PLAIN"), certificate=authority.good, injected="250 fooled\r\n")
    with serving(imap(), authority.good) as good, serving(script) as server:
        adding.check_refused(
            "tls_intercepted",
            code=1,
            stage="smtp_tls",
            imap=good.endpoint("tls"),
            smtp=server.endpoint("starttls"),
            ca_file=authority.ca_file,
        )
        assert b"AUTH" not in server.heard.upper()


def test_plain_is_refused_for_any_other_machine(adding: Adding) -> None:
    adding.check_refused("bad_input", code=1, imap="imap.example.com:143/plain")


# What the server says, or does not.


@pytest.mark.parametrize(
    ("cause", "stage", "script"),
    [
        ("timeout", "greeting", silence),
        ("timeout", "greeting", dripping(saying("* OK " + "ready " * 1000), 0.5)),
        ("protocol_error", "greeting", garbage(100 << 20)),
        ("protocol_error", "greeting", garbage(100 << 20, b"garbage\r\n")),
        ("connection_reset", "greeting", saying_goodbye()),
        ("timeout", "login", saying("* OK [CAPABILITY IMAP4rev1] and that was all")),
        ("too_many_connections", "greeting", saying_goodbye("* BYE Too many connections")),
        ("unrecognised", "greeting", saying_goodbye("* BYE so long")),
    ],
    ids=["silent", "drip", "garbage", "garbage in lines", "gone", "stalled", "bye", "bye for no reason"],
)
def test_a_server_that_makes_no_sense_is_named(adding: Adding, cause: str, stage: str, script: Script) -> None:
    with serving(script) as server:
        adding.check_refused(cause, code=3, stage=stage, imap=server.endpoint("plain"))


def test_one_byte_at_a_time_is_bound_all_the_same(home: Home, secret_file: Path) -> None:
    with serving(dripping(imap())) as receiving, serving(dripping(smtp())) as submitting:
        words = ["--imap", receiving.endpoint("plain"), "--smtp", submitting.endpoint("plain")]
        added = home.cli("accounts", "add", "li@example.com", "--secret-file", str(secret_file), *words, "--json")
    assert added.code == 0, added.json
    assert added.json["status"] == "normal"


@pytest.mark.parametrize(
    ("cause", "code", "stage", "answers"),
    [
        ("wrong_password", 1, "login", {"LOGIN": "NO [AUTHENTICATIONFAILED] Invalid credentials"}),
        ("client_id_required", 1, "select", dict.fromkeys(["SELECT", "EXAMINE"], "NO SELECT Unsafe Login.")),
        ("server_unavailable", 3, "select", dict.fromkeys(["SELECT", "EXAMINE"], "NO [SERVERBUG] sorry")),
    ],
)
def test_a_sign_in_alone_is_not_normal(
    adding: Adding, cause: str, code: int, stage: str, answers: Mapping[str, str]
) -> None:
    with serving(imap(answers)) as server:
        adding.check_refused(cause, code=code, stage=stage, imap=server.endpoint("plain"))


def test_a_server_that_repeats_the_secret_does_not_make_us_repeat_it(adding: Adding) -> None:
    with serving(imap({"LOGIN": "BAD what is this: {line}"})) as server:
        adding.check_refused("unrecognised", code=1, stage="login", imap=server.endpoint("plain"))


@pytest.mark.parametrize(
    ("cause", "code", "stage", "answers"),
    [
        ("wrong_password", 1, "smtp_auth", {"AUTH": "535 5.7.8 authentication failed: {line}"}),
        ("server_unavailable", 3, "ehlo", {"EHLO": "421 4.3.2 system is shutting down"}),
        ("auth_method_unsupported", 1, "smtp_auth", {"EHLO": "250 mail.example.test"}),
    ],
)
def test_an_account_that_can_read_and_not_send_is_not_kept(
    adding: Adding, cause: str, code: int, stage: str, answers: Mapping[str, str]
) -> None:
    with serving(imap()) as receiving, serving(smtp(answers)) as submitting:
        adding.check_refused(
            cause, code=code, stage=stage, imap=receiving.endpoint("plain"), smtp=submitting.endpoint("plain")
        )


# What is typed.


@pytest.mark.parametrize("address", ["nobody", "@example.com", "li@", "li@@example.com", "li li@example.com"])
def test_an_address_that_is_none_is_named(home: Home, secret_file: Path, address: str) -> None:
    refused = home.cli("accounts", "add", address, "--secret-file", str(secret_file), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "address_syntax")


def test_a_secret_given_as_an_argument_is_refused_and_not_echoed(home: Home) -> None:
    refused = home.cli("accounts", "add", "li@example.com", "hunter2-typed-here", "--json")
    assert refused.code == 2
    assert "hunter2-typed-here" not in refused.out + refused.err
    assert "never from an argument" in refused.json["error"]["detail"]
