"""How long the accounts page takes with 500 accounts: p95 of 40 requests, in the process that answers them.

Beside it: the same page with one account, which is what the shell, the session and the database cost by themselves.
"""

import importlib
import os
import statistics
import tempfile
import time

from yizhan.base.secret import Secret
from yizhan.runtime.boot import WEB_SETTINGS, boot

ACCOUNTS = 500
ROUNDS = 40


def prepare(count: int) -> object:
    """A signed-in client in a home with so many accounts."""
    accounts = importlib.import_module("yizhan.store.accounts")
    scope = importlib.import_module("yizhan.store.scope").scope_of_home()
    models = importlib.import_module("yizhan.store.models")
    have = models.Account.objects.count()
    for number in range(have, count):
        new = accounts.NewAccount(
            address=f"person{number}@{('mail.ru', 'qq.com', 'example.org')[number % 3]}",
            login=f"person{number}",
            label=f"Customers {number}",
            provider=("mailru", "qq", "")[number % 3],
            imap_host="imap.example.org",
            imap_port=993,
            imap_security="tls",
            smtp_host="smtp.example.org",
            smtp_port=465,
            smtp_security="tls",
            ca_pem="",
            route="auto",
            sync_since=None,
            status="normal",
            capabilities=[],
            last_ok_at=None,
        )
        accounts.create(scope, new, Secret("x"))
    user, _ = models.User.objects.get_or_create(email="owner@example.org")
    models.Workspace.objects.update(owner=user)
    client = importlib.import_module("django.test").Client(HTTP_HOST="localhost")
    client.force_login(user)
    return client


def measure(client: object) -> tuple[float, float, int]:
    """Median and p95 in milliseconds, and the size of the page."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get("/accounts")  # type: ignore[attr-defined]
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, answer.status_code
    times.sort()
    return statistics.median(times), times[int(len(times) * 0.95) - 1], len(answer.content)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["YIZHAN_HOME"] = home
        boot(WEB_SETTINGS)
        importlib.import_module("yizhan.services.owners.vault").open_vault()
        for count in (1, ACCOUNTS):
            median, p95, size = measure(prepare(count))
            figures = f"median {median:6.1f} ms, p95 {p95:6.1f} ms, {size / 1024:.0f} KB"
            print(f"accounts page, {count:>3} accounts: {figures}")
