"""The outbox from the command line, on a real Dovecot and a real Postfix."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.test_thin_slice import bind
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person

pytestmark = [pytest.mark.root, pytest.mark.real]


def send(home: Home, sender: Person, to: str, subject: str, *more: str) -> Any:
    return home.cli("send", "--from", sender.address, "--to", to, "--subject", subject, *more, "--json")


def shown(home: Home, submission_id: int) -> Any:
    return home.cli("outbox", "show", str(submission_id), "--json").json


def test_what_is_for_later_is_put_off_cancelled_sent_again_and_goes_in_time(
    home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    later = send(home, alice, bob.address, "Later", "--at", "2031-01-01 09:00", "--zone", "Europe/Moscow")
    assert (later.json["state"], later.json["scheduled_at"]) == ("scheduled", "2031-01-01T06:00:00Z")
    number = str(later.json["id"])
    assert home.cli("outbox", "try", number).code == 0
    assert shown(home, later.json["id"])["waits"] == "turn"
    moved = home.cli("outbox", "reschedule", number, "--at", "2031-02-01T00:00:00Z", "--json").json
    assert (moved["state"], moved["scheduled_at"]) == ("scheduled", "2031-02-01T00:00:00Z")
    assert home.cli("outbox", "cancel", number, "--json").json["state"] == "cancelled"
    too_late = home.cli("outbox", "cancel", number, "--json")
    assert (too_late.code, too_late.json["error"]["code"]) == (1, "submission_moved_on")
    again = home.cli("outbox", "retry", number, "--wait", "--json")
    assert (again.code, again.json["state"], again.json["retried_from"]) == (0, "sent", later.json["id"])
    mailhost.wait_for(bob, again.json["message_id"])
    listed = home.cli("outbox", "list", "--account", alice.address, "--json").json
    assert [(each["state"], each["retried_as"]) for each in listed] == [
        ("sent", None),
        ("cancelled", again.json["id"]),
    ]
    assert home.cli("outbox", "list", "--state", "queued", "--json").json == []
    at = datetime.now(UTC) + timedelta(seconds=4)
    soon = send(home, alice, bob.address, "Soon", "--at", at.isoformat(), "--wait")
    assert (soon.code, soon.json["state"], soon.json["sent_copy"]) == (0, "sent", "appended")
    assert datetime.fromisoformat(soon.json["sent_at"]) >= at


def test_each_of_several_gets_a_message_of_their_own_and_the_account_s_limits_hold(
    home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    limits = ("--cap-day", "2", "--cap-recipients", "2", "--cap-size", "20000")
    assert home.cli("accounts", "edit", alice.address, *limits).code == 0
    both = send(home, alice, f"{bob.address}, {alice.address}", "For you", "--separately", "--wait")
    assert (both.code, [each["state"] for each in both.json]) == (0, ["sent", "sent"])
    assert [each["recipients"] for each in both.json] == [[bob.address], [alice.address]]
    third = send(home, alice, bob.address, "One too many", "--wait")
    assert (third.code, third.json["state"], third.json["waits"]) == (3, "queued", "cap")
    until = datetime.fromisoformat(third.json["not_before"])
    assert timedelta(hours=23) < until - datetime.now(UTC) < timedelta(hours=24)
    many = send(home, alice, "a@example.test, b@example.test, c@example.test", "Many")
    assert many.json["error"]["code"] == "too_many_recipients"
    assert home.cli("accounts", "edit", alice.address, "--cap-day", "-5", "--json").json["error"]["code"] == "cap_wrong"
    assert home.cli("accounts", "edit", alice.address, "--cap-day", "0").code == 0
    assert home.cli("sync", alice.address).code == 0
    assert shown(home, third.json["id"])["state"] == "sent"


def test_who_is_refused_is_told_and_the_others_get_it(
    home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    nobody = f"nobody@{bob.address.partition('@')[2]}"
    sent = send(home, alice, f"{bob.address}, {nobody}", "For two", "--wait")
    assert (sent.code, sent.json["state"]) == (0, "sent")
    told = {each["address"]: (each["state"], each["said"][:3]) for each in sent.json["people"]}
    assert told == {bob.address: ("accepted", ""), nobody: ("refused", "550")}
    again = home.cli("outbox", "retry", str(sent.json["id"]), "--wait", "--json")
    assert (again.code, again.json["state"], again.json["recipients"]) == (1, "failed", [nobody])
    arrived = mailhost.dovecot.messages(bob.address, "INBOX")
    assert sum(sent.json["message_id"].encode() in raw for raw in arrived) == 1
