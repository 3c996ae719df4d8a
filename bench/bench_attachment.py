"""The memory that a 25 MB attachment takes: handed over by TLS to a real Postfix, its copy filed in a real Dovecot.

A process of its own sends it as the engine does.  Fails when its peak is over 60 MB above what it had before.  Needs
root, for Postfix.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tests.store  # noqa: F401  (sets Django up)
from tests.net.connecting import dialer
from tests.store.databases import migrate, using
from tests.store.making import bind, take_lease
from tests.support.certificates import Authority
from tests.support.dovecot import start_dovecot
from tests.support.mailhost import add_person
from tests.support.postfix import PostfixOptions, start_postfix
from yizhan.base.clock import SystemClock
from yizhan.base.ids import AccountId
from yizhan.net.dialers import Dialer
from yizhan.net.dns import SystemResolver
from yizhan.net.policy import AddressPolicy
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.copies import Filing
from yizhan.services.outbox.sending import Sender
from yizhan.services.outbox.submitting import Enclosure, Outgoing, submit
from yizhan.services.owners.vault import open_vault
from yizhan.store import accounts, leases, mailboxes, submissions
from yizhan.store.lane import Lane
from yizhan.store.scope import scope_of_home

GOAL_MB, FILE_BYTES = 60, 25 * 1000 * 1000
CLOCK = SystemClock()


class Here(Egress):
    def dialer_for(self, route: str) -> Dialer:
        return dialer()


def peak_mb() -> float:
    """Of this process since the last call, which forgets it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    Path("/proc/self/clear_refs").write_text("5")
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


async def send(account_id: AccountId, small_first: int) -> float:
    """MB at the peak above what it was after a small message."""
    tools = {"egress": Here(SystemResolver(), AddressPolicy()), "clock": CLOCK, "lease": None}
    async with Lane() as lane:
        sender = Sender(account_id, lane=lane, **tools)  # type: ignore[arg-type]
        filing = Filing(account_id, lane=lane, **tools)  # type: ignore[arg-type]
        await sender.send_due(small_first)  # type: ignore[arg-type]
        await filing.file_all()
        peak_mb()
        before = peak_mb()
        await sender.send_due()
        sent = peak_mb() - before
        await filing.file_all()
        await sender.close()
        await filing.close()
    filed = peak_mb() - before
    print(f"above {before:.0f} MB of before: sending took {sent:.1f} MB, filing its copy {filed:.1f} MB", flush=True)
    return max(sent, filed)


def child() -> int:
    with using(dict(os.environ)):
        open_vault()
        rows = submissions.list_all(scope_of_home())
        peak = asyncio.run(send(AccountId(rows[0].account_id), min(row.pk for row in rows)))
        states = {(row.state, row.sent_copy) for row in submissions.list_all(scope_of_home())}
    assert states == {("sent", "appended")}, states
    return int(peak > GOAL_MB)


def main() -> int:
    dovecot = start_dovecot(Authority())
    postfix = start_postfix(dovecot, PostfixOptions(size_limit_bytes=60_000_000, extra="virtual_transport = discard:"))
    person = add_person(dovecot, "li@example.test")
    try:
        with tempfile.TemporaryDirectory() as home:
            migrate({"YIZHAN_HOME": home})
            with using({"YIZHAN_HOME": home}):
                open_vault()
                scope = scope_of_home()
                where = {"imap_host": dovecot.host, "imap_port": dovecot.tls_port, "imap_security": "tls"}
                where |= {"smtp_host": postfix.host, "smtp_port": postfix.tls_port, "smtp_security": "tls"}
                account = bind(scope, person.address, person.secret, ca_pem=dovecot.authority.ca_pem, **where)
                accounts.set_status(account.pk, "normal", None, at=CLOCK.now(), ok=True)
                accounts.remember_files_copy(account.pk, False)
                lease = take_lease(account)
                facts = mailboxes.MailboxFacts(wire_name="Sent", name="Sent", delimiter="/", role="sent")
                mailboxes.store_list(account.pk, [facts], lease)
                leases.release(lease)
                for size in (100, FILE_BYTES):
                    photo = Enclosure("photos.bin", "application/octet-stream", os.urandom(size))
                    words = Outgoing(to=["somebody@example.test"], subject="Photos", text="Here", files=(photo,))
                    submit(scope, AccountId(account.pk), words, CLOCK)
            command = [sys.executable, Path(__file__), "child"]
            code = subprocess.run(command, env={**os.environ, "YIZHAN_HOME": home}, check=False).returncode
    finally:
        postfix.stop()
        dovecot.stop()
    print(f"goal: at most {GOAL_MB} MB above idle: {'not reached' if code else 'reached'}")
    return code


if __name__ == "__main__":
    sys.exit(child() if sys.argv[1:] == ["child"] else main())
