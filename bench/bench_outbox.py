"""2,000 messages through the outbox, journal included: ours beside aiosmtplib's bare client, on a real Postfix by TLS.

Both have one connection, signed in, to the same server, which throws away what it has taken; they take turns.  Ours
reads each message from its blob, marks its final dot on the disk and notes how it ended; aiosmtplib is given the bytes.
Handing in is measured beside it.  Fails when the median of ours is under 0.8 of theirs.  Needs root, for Postfix.
"""

import asyncio
import statistics
import sys
import tempfile
import time

import aiosmtplib

import tests.store  # noqa: F401  (sets Django up)
from tests.store.databases import migrate, using
from tests.store.making import bind, take_lease
from tests.support.certificates import Authority
from tests.support.dovecot import start_dovecot
from tests.support.mailhost import Person, add_person
from tests.support.postfix import Postfix, PostfixOptions, start_postfix
from yizhan.base.clock import SystemClock
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.net.dns import SystemResolver
from yizhan.net.policy import AddressPolicy
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.sending import Sender
from yizhan.services.owners.vault import open_vault
from yizhan.store import blobs, submissions
from yizhan.store.lane import Lane
from yizhan.store.models import Account, Lease
from yizhan.store.scope import Scope, scope_of_home

MESSAGES, ROUNDS, GOAL = 2_000, 5, 0.8
EACH = MESSAGES // ROUNDS
TO = "somebody@example.test"
CLOCK = SystemClock()


def letter(number: int) -> bytes:
    """What people write: two kilobytes."""
    head = f"From: li@example.test\r\nTo: {TO}\r\nSubject: Offer {number}\r\nMessage-ID: <{number}@example.test>\r\n"
    return (head + "Content-Type: text/plain\r\n\r\n" + "The price is 12.40 USD.\r\n" * 72).encode()


def hand_in(scope: Scope, account: Account, letters: list[bytes]) -> float:
    """Messages a second."""
    begun = time.perf_counter()
    for raw in letters:
        submissions.create(
            scope,
            account.pk,
            state="queued",
            subject="Offer",
            message_id="<1@example.test>",
            mail_from=account.address,
            recipients=[(TO, "to")],
            blob=blobs.put(raw),
            created_at=CLOCK.now(),
        )
    return len(letters) / (time.perf_counter() - begun)


async def send_theirs(postfix: Postfix, person: Person, letters: list[bytes]) -> float:
    client = aiosmtplib.SMTP(
        hostname=postfix.host, port=postfix.tls_port, use_tls=True, tls_context=postfix.authority.client_context()
    )
    await client.connect()
    await client.login(person.address, person.secret)
    begun = time.perf_counter()
    for raw in letters:
        await client.sendmail(person.address, [TO], raw)
    took = time.perf_counter() - begun
    await client.quit()
    return len(letters) / took


async def send_ours(account: Account, lease: Lease, count: int, scope: Scope) -> float:
    """The same: signed in by one message that is not counted."""
    async with Lane() as lane:
        egress = Egress(SystemResolver(), AddressPolicy())
        sender = Sender(AccountId(account.pk), egress=egress, lane=lane, clock=CLOCK, lease=lease)
        first = await lane.read(_first_queued, scope)
        await sender.send_due(first)
        begun = time.perf_counter()
        await sender.send_due()
        took = time.perf_counter() - begun
        await sender.close()
    return count / took


def _first_queued(scope: Scope) -> SubmissionId:
    return SubmissionId(min(row.pk for row in submissions.list_all(scope, limit=MESSAGES, state="queued")))


def measure(postfix: Postfix, person: Person) -> tuple[list[float], list[float], list[float]]:
    scope = scope_of_home()
    where = {"smtp_host": postfix.host, "smtp_port": postfix.tls_port, "smtp_security": "tls"}
    account = bind(scope, person.address, person.secret, ca_pem=postfix.authority.ca_pem, status="normal", **where)
    lease = take_lease(account, ttl=3_600)
    handed, theirs, ours = [], [], []
    for number in range(ROUNDS):
        letters = [letter(number * EACH + each) for each in range(EACH)]
        theirs.append(asyncio.run(send_theirs(postfix, person, letters)))
        handed.append(hand_in(scope, account, [*letters, letter(-number - 1)]))
        ours.append(asyncio.run(send_ours(account, lease, EACH, scope)))
    states = submissions.count_states(scope)
    assert states == {"sent": MESSAGES + ROUNDS}, states
    return handed, theirs, ours


def main() -> int:
    dovecot = start_dovecot(Authority())
    postfix = start_postfix(dovecot, PostfixOptions(extra="virtual_transport = discard:"))
    person = add_person(dovecot, "li@example.test")
    try:
        with tempfile.TemporaryDirectory() as home:
            migrate({"YIZHAN_HOME": home})
            with using({"YIZHAN_HOME": home}):
                open_vault()
                handed, theirs, ours = measure(postfix, person)
    finally:
        postfix.stop()
        dovecot.stop()
    ratio = statistics.median(ours) / statistics.median(theirs)
    for name, each in (("handed in", handed), ("aiosmtplib, bare", theirs), ("outbox, journal included", ours)):
        print(f"{name:26} {statistics.median(each):7.0f} a second (from {min(each):.0f} to {max(each):.0f})")
    print(f"{MESSAGES} messages in {ROUNDS} turns: {ratio:.2f} of aiosmtplib's rate (goal {GOAL})")
    return int(ratio < GOAL)


if __name__ == "__main__":
    sys.exit(main())
