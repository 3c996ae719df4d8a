"""Accounts are changed, laid to rest, examined and bound by the list, on real servers, with an engine and without."""

import csv
import io
from pathlib import Path

import pytest

from tests.scenarios.test_thin_slice import bind
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from tests.support.places import given_file

pytestmark = [pytest.mark.root, pytest.mark.real]


def accounts_of(home: Home) -> dict[str, tuple[str, str]]:
    return {each["address"]: (each["status"], each["label"]) for each in home.cli("accounts", "list", "--json").json}


def list_of(mailhost: MailHost, people: list[Person], *more: str) -> Path:
    rows = [f"{person.address},{person.secret},,{mailhost.imap},{mailhost.smtp},俄语区,\n" for person in people]
    return given_file("address,secret,login,imap,smtp,label,route\n" + "".join([*rows, *more]))


def test_a_refused_edit_changes_nothing_and_a_proved_one_is_kept(home: Home, mailhost: MailHost, alice: Person) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    before = home.cli("accounts", "show", alice.address, "--json").json
    refused = home.cli("accounts", "edit", alice.address, "--imap", "127.0.0.1:1/tls", "--label", "new", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "connection_refused")
    assert home.cli("accounts", "show", alice.address, "--json").json == before
    wrong = str(given_file("not the secret\n"))
    refused = home.cli("accounts", "edit", alice.address, "--secret-file", wrong, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "wrong_password")
    assert home.cli("accounts", "check", alice.address, "--json").json["status"] == "normal"

    kept = home.cli(
        "accounts", "edit", alice.address, "--secret-file", str(alice.secret_file), "--label", "俄语区", "--json"
    )
    assert (kept.code, kept.json["label"], kept.json["status"]) == (0, "俄语区", "normal")
    for days, kept_days in (("all", None), ("7", 7)):
        edited = home.cli("accounts", "edit", alice.address, "--sync-days", days, "--json")
        assert (edited.code, edited.json["sync_days"]) == (0, kept_days)
    nothing = home.cli("accounts", "edit", alice.address, "--json")
    assert (nothing.code, nothing.json["error"]["code"]) == (1, "nothing_to_edit")


def test_a_paused_account_is_left_alone_until_it_is_resumed(home: Home, mailhost: MailHost, alice: Person) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    assert home.cli("accounts", "pause", alice.address, "--json").json["status"] == "paused"
    with home.serve():
        assert accounts_of(home)[alice.address][0] == "paused"
        assert home.cli("accounts", "resume", alice.address, "--json").json["status"] == "normal"


def test_an_edit_while_the_engine_has_the_account_ends_the_same(home: Home, mailhost: MailHost, alice: Person) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    with home.serve() as serving:
        serving.server.wait_until(lambda: home.cli("accounts", "check", alice.address, "--json").code == 0)
        wrong = str(given_file("not the secret\n"))
        refused = home.cli("accounts", "edit", alice.address, "--secret-file", wrong, "--json")
        assert (refused.code, refused.json["error"]["code"]) == (1, "wrong_password")
        kept = home.cli("accounts", "edit", alice.address, "--label", "через движок", "--json")
        assert (kept.code, kept.json["label"]) == (0, "через движок")


def test_the_doctor_walks_every_stage_and_changes_nothing(home: Home, mailhost: MailHost, alice: Person) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    before = home.cli("accounts", "show", alice.address, "--json").json
    told = home.cli("doctor", alice.address, "--json")
    assert (told.code, told.json["diagnosis"]) == (0, None)
    stages = [stage["stage"] for stage in told.json["stages"]]
    assert stages[:3] == ["resolve", "route", "connect"]
    assert stages[-1] == "smtp_auth"
    assert home.cli("accounts", "show", alice.address, "--json").json == before


def test_a_list_is_bound_row_by_row_with_a_verdict_for_each(
    home: Home, mailhost: MailHost, alice: Person, bob: Person, tmp_path: Path
) -> None:
    bad = [
        f"{alice.address},x,,,,,\n",
        "no address,x,,,,,\n",
        f"li@localhost.test,x,,127.0.0.1:1/tls,{mailhost.smtp},,\n",
    ]
    listed = list_of(mailhost, [alice, bob], *bad)
    report = tmp_path / "failed.csv"
    trusted = {"SSL_CERT_FILE": str(mailhost.ca_file)}
    home.env.update(trusted)
    done = home.cli("accounts", "import", str(listed), "--report", str(report), "--json")
    assert done.code == 1
    verdicts = [(each["outcome"], each["cause"]) for each in done.json]
    assert verdicts == [
        ("bound", None),
        ("bound", None),
        ("duplicate", "row_wrong"),
        ("bad", "address_syntax"),
        ("refused", "connection_refused"),
    ]
    assert accounts_of(home) == {alice.address: ("normal", "俄语区"), bob.address: ("normal", "俄语区")}
    rows = list(csv.DictReader(io.StringIO(report.read_text(encoding="utf-8-sig"))))
    assert [row["outcome"] for row in rows] == ["duplicate", "bad", "refused"]
    again = home.cli("accounts", "import", str(list_of(mailhost, [alice])), "--json")
    assert (again.code, again.json[0]["outcome"]) == (1, "already_bound")


def test_what_is_exported_holds_no_secret(home: Home, mailhost: MailHost, alice: Person, tmp_path: Path) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    target = tmp_path / "accounts.csv"
    assert home.cli("accounts", "export", str(target), "--json").json == {"file": str(target), "accounts": 1}
    [row] = csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig")))
    assert (row["address"], row["imap"]) == (alice.address, mailhost.imap)
    assert alice.secret not in target.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"mail;pass\n", "first line must name"), (b"\x00\x01", "not text"), (b"", "empty")],
    ids=["header", "binary", "empty"],
)
def test_a_file_that_is_no_list_binds_nothing(home: Home, tmp_path: Path, content: bytes, word: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    refused = home.cli("accounts", "import", str(file), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "import_unreadable")
    assert word in refused.json["error"]["detail"]


def test_a_file_of_a_hundred_megabytes_is_not_even_read(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    with file.open("wb") as large:
        large.truncate(100 * 1024 * 1024)
    refused = home.cli("accounts", "import", str(file), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "bad_input")
    assert "larger than" in refused.json["error"]["detail"]
