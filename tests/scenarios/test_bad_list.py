"""What is typed or pasted askew: other scripts, full-width characters, invisible spaces; put right or named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.faulty import FaultyServer, imap, serving, smtp
from tests.support.home import Home
from tests.support.places import given_file


@dataclass(frozen=True, slots=True)
class Servers:
    """A pair that takes any login and remembers what it heard."""

    imap: FaultyServer
    smtp: FaultyServer

    @property
    def words(self) -> list[str]:
        return ["--imap", self.imap.endpoint("plain"), "--smtp", self.smtp.endpoint("plain")]


@contextmanager
def willing() -> Iterator[Servers]:
    with serving(imap()) as receiving, serving(smtp()) as submitting:
        yield Servers(receiving, submitting)


def test_an_address_of_another_script_is_bound_shown_as_read_and_never_twice(home: Home, planted_secret: str) -> None:
    secret = str(given_file(planted_secret))
    with willing() as servers:
        added = home.cli("accounts", "add", "li@почта.рф", "--secret-file", secret, *servers.words, "--json")
        again = home.cli(
            "accounts", "add", "li@xn--80a1acny.xn--p1ai", "--secret-file", secret, *servers.words, "--json"
        )
    assert (added.code, added.json["address"], added.json["status"]) == (0, "li@почта.рф", "normal")
    assert (again.code, again.json["error"]["code"]) == (1, "already_bound")
    assert b"LOGIN {18}\r\n" in servers.imap.heard


def test_full_width_letters_and_invisible_spaces_are_put_right_before_any_server_hears_them(
    home: Home, planted_secret: str
) -> None:
    secret = str(given_file(f"\ufeff {planted_secret}\u200b\u3000\n"))
    with willing() as servers:
        added = home.cli(
            "accounts", "add", "\u3000Ｌｉ＠ｅxample．com\u200b", "--secret-file", secret, *servers.words, "--json"
        )
    assert (added.code, added.json["address"]) == (0, "Li@example.com")
    assert f'LOGIN Li@example.com "{planted_secret}"\r\n'.encode() in servers.imap.heard
    assert b"\xe2\x80\x8b" not in servers.imap.heard
    assert home.cli("accounts", "show", "ｌｉ＠example.com", "--json").json["address"] == "Li@example.com"
