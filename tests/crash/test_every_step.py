"""Killed at every step of sending, one step after the other: nothing arrives twice, nothing is lost, and what is said
of each message is true.

`CRASH_RUNS=1000 pytest --timeout=0 -s tests/crash/test_every_step.py` kills so many sendings and prints what became of
them; a whole test run kills a few.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.scenarios.asked import door
from tests.scenarios.halves import wait_for
from tests.store.making import bind, take_lease
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from yizhan.base.clock import SystemClock
from yizhan.base.ids import AccountId
from yizhan.net.endpoints import parse_endpoint
from yizhan.services.outbox.submitting import Outgoing, submit
from yizhan.store import accounts, leases, mailboxes, submissions
from yizhan.store.models import Account
from yizhan.store.scope import Scope

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.timeout(600)]
RUNS = int(os.environ.get("CRASH_RUNS", "30"))
MOST_STEPS = 90  # a sending with its copy takes some eighty
STRIDE = 1 + 2 * (RUNS < MOST_STEPS)  # few runs are spread over the steps
ROOT = Path(__file__).parents[2]
Live = Callable[[int], int]


def open_account(scope: Scope, mailhost: MailHost, person: Person) -> Account:
    """Bound, its Sent mailbox known, and its server known to file nothing by itself."""
    imap, smtp = parse_endpoint(mailhost.imap), parse_endpoint(mailhost.smtp)
    servers = {
        f"{name}_{part}": str(getattr(each, part)) if part == "security" else getattr(each, part)
        for name, each in (("imap", imap), ("smtp", smtp))
        for part in ("host", "port", "security")
    }
    account = bind(scope, person.address, person.secret, ca_pem=mailhost.ca_pem, status="normal", **servers)
    lease = take_lease(account)
    mailboxes.store_list(
        account.pk, [mailboxes.MailboxFacts(wire_name="Sent", name="Sent", delimiter="/", role="sent")], lease
    )
    leases.release(lease)
    accounts.remember_files_copy(account.pk, False)
    return account


@contextmanager
def lives(home: Home, account_id: int) -> Iterator[Live]:
    """Each call is one process's life, which ends at that step or when all is done; gives its exit code."""
    command, pipe = [sys.executable, "-m", "tests.crash.workers.sender"], subprocess.PIPE
    environment = {**os.environ, **home.env, "PYTHONPATH": f"{home.env['PYTHONPATH']}:{ROOT}"}
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"

    def live(steps: int) -> int:
        print(account_id, steps, file=worker.stdin, flush=True)
        return int(worker.stdout.readline())  # type: ignore[union-attr]

    try:
        yield live
    finally:
        worker.stdin.close()
        worker.wait(60)
        worker.stdout.close()


def ids(messages: list[bytes]) -> Counter[str]:
    """How often each Message-ID is there."""
    return Counter(str(message_from_bytes(raw)["Message-ID"]) for raw in messages)


def in_state(state: str, states: dict[str, str]) -> set[str]:
    return {name for name, each in states.items() if each == state}


def test_a_death_at_any_step_sends_nothing_twice_loses_nothing_and_leaves_the_truth(
    home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    with door(home) as scope:
        account = open_account(scope, mailhost, alice)
        deaths = Counter[int]()
        with lives(home, account.pk) as live:
            for number in range(RUNS):
                words = Outgoing(to=[bob.address], subject=f"Letter {number}", text=f"Letter {number}\n")
                submit(scope, AccountId(account.pk), words, SystemClock())
                deaths[live(1 + number * STRIDE % MOST_STEPS)] += 1
            assert live(0) == 0
        rows = submissions.list_all(scope, limit=RUNS + 1)
    states = {row.message_id: row.state for row in rows}
    sent = in_state("sent", states)
    wait_for("every letter", lambda: sent <= set(ids(mailhost.dovecot.messages(bob.address, "INBOX"))), 100)
    arrived = ids(mailhost.dovecot.messages(bob.address, "INBOX"))
    copies = ids(mailhost.dovecot.messages(alice.address, "Sent"))
    print(f"{RUNS} sendings, {deaths[-9]} killed: {dict(Counter(states.values()))}, {len(arrived)} arrived")
    assert (len(states), deaths[-9] > RUNS / 2) == (RUNS, True)
    assert (max(arrived.values()), max(copies.values())) == (1, 1)
    assert set(states.values()) <= {"sent", "uncertain"}
    assert set(arrived) <= set(states)
    assert set(copies) == sent
    assert {(row.state, row.sent_copy) for row in rows} <= {("sent", "appended"), ("uncertain", "")}
