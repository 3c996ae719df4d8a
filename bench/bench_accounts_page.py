"""How long the accounts page takes with 500 accounts: p95 of 200 requests to a running `yizhan web`.

Beside it: the same page with one account, which is what the shell, the session and the database cost by themselves.
The signed-in session is made in the store; every request is a connection of its own, as from a browser's first click.
"""

import http.client
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from yizhan.base.secret import Secret
from yizhan.runtime.boot import WEB_SETTINGS, boot

ACCOUNTS = 500
REQUESTS = 200
WARM_UP = 10
WANTED_MS = 150.0


def fill(count: int) -> None:
    """As many accounts as that, in the home's own workspace."""
    accounts = importlib.import_module("yizhan.store.accounts")
    scope = importlib.import_module("yizhan.store.scope").scope_of_home()
    have = importlib.import_module("yizhan.store.models").Account.objects.count()
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


def sign_in() -> str:
    """The cookies of somebody who owns the home and is signed in."""
    models = importlib.import_module("yizhan.store.models")
    user, _ = models.User.objects.get_or_create(email="owner@example.org")
    models.Workspace.objects.update(owner=user)
    client = importlib.import_module("django.test").Client(HTTP_HOST="localhost")
    client.force_login(user)
    return "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())


def ask(port: int, cookies: str) -> tuple[float, int]:
    """Milliseconds until the last byte of the page, and how many bytes there were."""
    begun = time.perf_counter()
    line = http.client.HTTPConnection("localhost", port, timeout=30)
    line.request("GET", "/accounts", headers={"Cookie": cookies})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    if answer.status != 200:
        raise RuntimeError(f"/accounts answers {answer.status}")
    return (time.perf_counter() - begun) * 1000, len(body)


def measure(port: int, cookies: str) -> tuple[float, float, int]:
    """Median and p95 in milliseconds, and the size of the page."""
    for _ in range(WARM_UP):
        ask(port, cookies)
    asked = [ask(port, cookies) for _ in range(REQUESTS)]
    times = [milliseconds for milliseconds, _ in asked]
    return statistics.median(times), statistics.quantiles(times, n=20)[-1], asked[-1][1]


def processor_ms(pid: int) -> float:
    """What a process has used so far (proc(5): utime and stime); other work on the machine does not lengthen it."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def start_web() -> tuple[subprocess.Popen[str], int]:
    """A running web half and its port; it says where it is once it can be reached."""
    words = [sys.executable, "-m", "yizhan.cli", "web", "--port", "18025"]
    web = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if web.stdout is None or "http://" not in web.stdout.readline():
        raise RuntimeError("the web half did not start")
    return web, 18025


def main() -> int:
    p95 = 0.0
    with tempfile.TemporaryDirectory(prefix="yz-bench-") as home:
        os.environ["YIZHAN_HOME"] = home
        boot(WEB_SETTINGS)
        importlib.import_module("yizhan.services.owners.vault").open_vault()
        fill(1)
        cookies = sign_in()
        web, port = start_web()
        try:
            for count in (1, ACCOUNTS):
                fill(count)
                before = processor_ms(web.pid)
                median, p95, size = measure(port, cookies)
                processor = (processor_ms(web.pid) - before) / (WARM_UP + REQUESTS)
                page = f"accounts page, {count:>3} accounts, {size // 1024:>3} KB"
                print(f"{page}: median {median:6.1f} ms, p95 {p95:6.1f} ms, processor of the web {processor:5.1f} ms")
        finally:
            web.terminate()
            web.wait(15)
    print(f"wanted: p95 with {ACCOUNTS} accounts under {WANTED_MS:g} ms ({REQUESTS} requests)")
    return p95 > WANTED_MS


if __name__ == "__main__":
    sys.exit(main())
