"""Whatever is killed while mail is sent, and whenever: nothing is lost, and nothing arrives twice."""

import random
import time

import pytest

from tests.scenarios.asked import bind, door
from tests.scenarios.halves import kill_half, wait_for, wait_for_another
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from yizhan.base.clock import SystemClock
from yizhan.base.ids import AccountId
from yizhan.services.outbox.submitting import Outgoing, submit
from yizhan.store.scope import Scope
from yizhan.store.submissions import list_all

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.timeout(240)]
LETTERS = 8
KILLS = 3
OPEN = {"queued", "scheduled", "sending"}


def hand_in(scope: Scope, account_id: AccountId, bob: Person, number: int) -> None:
    words = Outgoing(to=[bob.address], subject=f"Letter {number}", text=f"Letter {number}\n")
    submit(scope, account_id, words, SystemClock())


def states(scope: Scope) -> list[str]:
    return [row.state for row in list_all(scope)]


def copies(scope: Scope) -> set[str]:
    """What became of the copies of those that were sent; empty for one that is not settled."""
    settled = {"appended", "by_server"}
    return {row.sent_copy if row.sent_copy in settled else "" for row in list_all(scope) if row.state == "sent"}


def test_an_engine_killed_at_random_moments_loses_no_letter_and_sends_none_twice(
    home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    dice = random.Random(7)
    with door(home) as scope, home.serve() as serving:
        account_id = AccountId(bind(scope, mailhost, alice)["account_id"])
        for number in range(LETTERS):
            hand_in(scope, account_id, bob, number)
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.0, 1.5))
            wait_for_another(serving, "engine", kill_half(serving, "engine"))
        wait_for("the end of all letters", lambda: not OPEN & set(states(scope)), seconds=120)
        wait_for("every copy in Sent", lambda: "" not in copies(scope), seconds=120)
        sent = [{"message_id": row.message_id, "state": row.state} for row in list_all(scope)]
    arrived = mailhost.dovecot.messages(bob.address, "INBOX")
    came = {each["message_id"]: sum(each["message_id"].encode() in raw for raw in arrived) for each in sent}
    assert len(came) == LETTERS
    assert max(came.values()) == 1
    assert {each["state"] for each in sent} <= {"sent", "uncertain"}
    assert [each for each in sent if each["state"] == "sent" and came[each["message_id"]] != 1] == []
    filed = mailhost.dovecot.messages(alice.address, "Sent")
    assert max(sum(each["message_id"].encode() in raw for raw in filed) for each in sent) == 1
