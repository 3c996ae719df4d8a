"""How long the inbox of all accounts takes with 1,000,000 messages in 200 accounts, asked of a running `yizhan web`.

    python -m bench.bench_inbox [MESSAGES]

Rows are made by one statement of SQL: five mailboxes an account, every third message in an inbox, one of ten unread,
one of a hundred starred, one of six with a file.  Five rounds a page; each line has the median of the rounds' medians
and the worst of their 95th percentiles.
"""

import http.client
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from bench.bench_accounts_page import fill as bind
from bench.bench_accounts_page import sign_in, start_web
from yizhan.runtime.boot import WEB_SETTINGS, boot

ACCOUNTS = 200
MESSAGES = 1_000_000
ROUNDS = 5
REQUESTS = 40
WARM_UP = 5
WANTED_MS = 150.0
ROLES = ("inbox", "archive", "sent", "junk", "trash")
# Message number n goes to account n % 200 and, of nine, three to the inbox, three to the archive, one to each other.
_MESSAGES = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count}),
     slots(slot, role) AS (VALUES (0, 'inbox'), (1, 'inbox'), (2, 'inbox'), (3, 'archive'), (4, 'archive'),
                                  (5, 'archive'), (6, 'sent'), (7, 'junk'), (8, 'trash')),
     places(account_id, slot, mailbox_id, workspace_id, rank) AS (
        SELECT a.id, slots.slot, m.id, a.workspace_id, a.rank
        FROM (SELECT id, workspace_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS rank FROM store_account) AS a
        JOIN store_mailbox AS m ON m.account_id = a.id JOIN slots ON slots.role = m.role)
INSERT INTO store_message (workspace_id, account_id, mailbox_id, uid_validity, uid, internal_date, message_id,
    in_reply_to, subject, from_list, to_list, cc_list, flags, seen, flagged, answered, hidden, size_bytes,
    attachments, snippet)
SELECT p.workspace_id, p.account_id, p.mailbox_id, 1, n, {date}, '<' || n || '@example.org>', '',
    'Запрос цены 报价单 price list ' || n,
    '[{{"name": "Полина Верхова", "address": "p' || (n % 5000) || '@example.org"}}]', '[]', '[]', '[]',
    {seen}, {flagged}, {no}, {no}, 2000, CASE WHEN n % 6 = 0 THEN 1 ELSE 0 END,
    'We can agree to 30/70 against copy of B/L, provided the vessel sails before December. 各位好，附件为更新后的计划。'
FROM n JOIN places AS p ON p.rank = n % {accounts} AND p.slot = (n / {accounts}) % 9
"""
_WORDS = {
    "sqlite": {
        "date": "strftime('%Y-%m-%d %H:%M:%f000', 1795000000 - n * 60, 'unixepoch')",
        "seen": "n % 10 <> 0",
        "flagged": "n % 100 = 0",
        "no": "0",
    },
    "postgresql": {
        "date": "to_timestamp(1795000000 - n * 60)",
        "seen": "n % 10 <> 0",
        "flagged": "n % 100 = 0",
        "no": "false",
    },
}


def fill(count: int) -> None:
    """So many messages over the accounts, and their mailboxes' numbers."""
    bind(ACCOUNTS)
    models: Any = importlib.import_module("yizhan.store.models")
    connection = importlib.import_module("django.db").connection
    models.Mailbox.objects.bulk_create(
        models.Mailbox(account=account, name=role, wire_name=role, role=role, uid_validity=1, messages=0, unseen=0)
        for account in models.Account.objects.all()
        for role in ROLES
    )
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES.format(count=count, accounts=ACCOUNTS, **_WORDS[connection.vendor]))
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE store_message")
    models.Mailbox.objects.filter(role="inbox").update(messages=count // 3 // ACCOUNTS, unseen=7)


def ask(port: int, cookies: str, path: str) -> tuple[float, int]:
    """Milliseconds until the last byte of the page, and how many bytes there were."""
    begun = time.perf_counter()
    line = http.client.HTTPConnection("localhost", port, timeout=300)
    line.request("GET", path, headers={"Cookie": cookies})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answers {answer.status}")
    return (time.perf_counter() - begun) * 1000, len(body)


def measure(port: int, cookies: str, path: str) -> tuple[float, float, int]:
    """The median of the rounds' medians, the worst of their 95th percentiles, and the size of the page."""
    for _ in range(WARM_UP):
        ask(port, cookies, path)
    medians, tails, size = [], [], 0
    for _ in range(ROUNDS):
        asked = [ask(port, cookies, path) for _ in range(REQUESTS)]
        times = [milliseconds for milliseconds, _ in asked]
        medians.append(statistics.median(times))
        tails.append(statistics.quantiles(times, n=20)[-1])
        size = asked[-1][1]
    return statistics.median(medians), max(tails), size


def pages() -> dict[str, str]:
    """What is asked for, and its address."""
    models: Any = importlib.import_module("yizhan.store.models")
    listing: Any = importlib.import_module("yizhan.services.messages.listing")
    middle = models.Message.objects.order_by("internal_date")[models.Message.objects.count() // 2]
    return {
        "all inboxes": "/mail",
        "all inboxes, unread": "/mail?only=unread",
        "all inboxes, starred": "/mail?only=starred",
        "all inboxes, with a file": "/mail?only=attached",
        "one account": f"/mail?account={models.Account.objects.order_by('id')[7].pk}",
        "all inboxes, in the middle": f"/mail?before={listing.write_cursor(middle)}",
    }


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="yz-bench-") as home:
        os.environ["YIZHAN_HOME"] = home
        boot(WEB_SETTINGS)
        importlib.import_module("yizhan.services.owners.vault").open_vault()
        begun = time.perf_counter()
        fill(count)
        print(f"{count} messages in {ACCOUNTS} accounts, made in {time.perf_counter() - begun:.0f} s", flush=True)
        cookies = sign_in()
        web, port = start_web()
        try:
            for name, path in pages().items():
                median, p95, size = measure(port, cookies, path)
                worst = max(worst, p95)
                print(f"{name:28} {size // 1024:>4} KB: median {median:6.1f} ms, p95 {p95:6.1f} ms", flush=True)
        finally:
            web.terminate()
            try:
                web.wait(15)
            except subprocess.TimeoutExpired:
                web.kill()
    print(f"wanted: p95 under {WANTED_MS:g} ms ({ROUNDS} rounds of {REQUESTS} requests)")
    return worst > WANTED_MS


if __name__ == "__main__":
    sys.exit(main())
