"""`yizhan verify` on a real server: equal, different, mended, and by whoever holds the account."""

from pathlib import Path

import pytest

from tests.scenarios.test_thin_slice import bind
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person

pytestmark = [pytest.mark.root, pytest.mark.real]
LETTER = b"From: a@example.test\r\nSubject: %d\r\n\r\nhello %d\r\n"


def differing(verified: dict) -> dict[str, dict[str, list[int]]]:
    kinds = ("missing", "extra", "flags_differ")
    found = {each["name"]: {kind: each[kind] for kind in kinds if each[kind]} for each in verified["mailboxes"]}
    return {name: kinds for name, kinds in found.items() if kinds}


def fill(home: Home, mailhost: MailHost, person: Person) -> None:
    mailhost.dovecot.deliver(person.address, *(LETTER % (number, number) for number in range(4)))
    mailhost.dovecot.deliver(person.address, LETTER % (9, 9), mailbox="Junk")
    assert home.cli(*bind(home, mailhost, person)).code == 0
    assert home.cli("sync", person.address, "--json").code == 0


def blob_files(home: Home) -> list[Path]:
    return sorted(path for path in (home.folder / "blobs").rglob("*") if path.is_file())


def test_every_mailbox_is_compared_and_what_differs_is_named_with_exit_code_1_and_mended(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    fill(home, mailhost, alice)
    equal = home.cli("verify", alice.address, "--json")
    assert (equal.code, equal.json["ok"], differing(equal.json)) == (0, True, {})
    listed = home.cli("mailboxes", "list", alice.address, "--json").json
    assert {each["name"] for each in equal.json["mailboxes"]} == {each["name"] for each in listed}
    [new] = mailhost.dovecot.deliver(alice.address, LETTER % (5, 5))
    with mailhost.dovecot.client(alice.address) as client:
        client.select("INBOX")
        client.uid("STORE", "2", "+FLAGS", "(\\Flagged)")
        client.uid("STORE", "1", "+FLAGS", "(\\Deleted)")
        client.expunge()
    verified = home.cli("verify", alice.address, "--json")
    assert verified.code == 1
    assert differing(verified.json) == {"INBOX": {"missing": [new], "extra": [1], "flags_differ": [2]}}
    mended = home.cli("verify", alice.address, "--repair", "--json")
    assert (mended.code, mended.json["ok"]) == (0, True)
    assert mended.json["mended"] == {"fetched": 1, "removed": 1, "flags_changed": 1, "bodies": 0}
    assert home.cli("verify", alice.address).code == 0


def test_bytes_that_are_gone_or_altered_are_fetched_again(home: Home, mailhost: MailHost, alice: Person) -> None:
    fill(home, mailhost, alice)
    gone, altered, *others = blob_files(home)
    assert len(others) == 3
    gone.unlink()
    altered.write_bytes(altered.read_bytes()[::-1])
    mended = home.cli("verify", alice.address, "--repair", "--json")
    assert (mended.code, mended.json["mended"]["bodies"]) == (0, 2)
    newest = home.cli("messages", "list", "--mailbox", "inbox", "--json").json
    raws = {home.cli("messages", "show", str(each["id"]), "--raw").out.encode() for each in newest}
    assert raws == {raw.replace(b"\r\n", b"\n") for raw in mailhost.dovecot.messages(alice.address)}


def test_an_engine_that_holds_the_account_compares_as_a_command_does(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    fill(home, mailhost, alice)
    with home.serve():
        verified = home.cli("verify", alice.address, "--json")
    assert (verified.code, differing(verified.json)) == (0, {})
