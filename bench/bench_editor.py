"""How long it takes from the message page to a sheet on which one can write, in Chromium, with a letter quoted.

    python -m bench.bench_editor [ACCOUNTS]

From the click on "Reply" until the caret stands on the open sheet; then a letter is typed, and has to be there.
The browser's cache is warm, as it is for somebody who has written once.
"""

import asyncio
import importlib
import os
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Page, async_playwright

from bench.bench_accounts_page import fill, sign_in, start_web
from yizhan.runtime.boot import WEB_SETTINGS, boot

ACCOUNTS = 20
ROUNDS = 21
WANTED_MS = 300.0
LETTER = (
    "From: =?utf-8?b?0J/QvtC70LjQvdCw?= <polina@example.org>\r\nTo: person0@mail.ru\r\nSubject: Offer\r\n"
    "Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    + "<table border=1>"
    + "<tr><td>PL-6060-36</td><td>36 Вт</td><td>1 600</td></tr>" * 100
    + "</table>"
    + "<p>Драйвер без пульсации, гарантия 3 года.</p>" * 100
)


def receive() -> int:
    """The letter in the first account's inbox, and its number."""
    models: Any = importlib.import_module("yizhan.store.models")
    blobs: Any = importlib.import_module("yizhan.store.blobs")
    account = models.Account.objects.order_by("id")[0]
    mailbox = models.Mailbox.objects.create(
        account=account, name="INBOX", wire_name="INBOX", role="inbox", uid_validity=1
    )
    row = models.Message.objects.create(
        workspace_id=account.workspace_id,
        account=account,
        mailbox=mailbox,
        uid_validity=1,
        uid=1,
        internal_date=datetime.now(UTC),
        subject="Offer",
        senders=[{"name": "Полина", "address": "polina@example.org"}],
        seen=True,
        size_bytes=len(LETTER.encode()),
        blob=blobs.put(LETTER.encode()),
    )
    return int(row.pk)


async def answer_once(page: Page, address: str) -> float:
    """Milliseconds from the click until one can type."""
    await page.goto(address)
    await page.locator("#frame").wait_for()
    await page.evaluate("sessionStorage.clear()")  # what the round before typed would be there again
    link = page.locator("a[href*='/compose?reply=']").first
    begun = await page.evaluate("performance.timeOrigin + performance.now()")
    await link.evaluate("link => link.click()")
    await page.locator("form[data-ready]").wait_for()
    ended = await page.evaluate("performance.timeOrigin + performance.getEntriesByName('yizhan:writing')[0].startTime")
    await page.keyboard.type("ж")
    await page.frame_locator("#paper-frame").locator("#paper").get_by_text("ж", exact=True).wait_for()
    return float(ended - begun)


async def measure(port: int, cookies: str, message_id: int) -> list[float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        pairs = [pair.partition("=") for pair in cookies.split("; ")]
        await context.add_cookies(
            [{"name": name, "value": value, "domain": "localhost", "path": "/"} for name, _, value in pairs]
        )
        page = await context.new_page()
        times = [await answer_once(page, f"http://localhost:{port}/mail/{message_id}") for _ in range(ROUNDS + 2)]
        await browser.close()
        return times[2:]


def main() -> int:
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
    with tempfile.TemporaryDirectory(prefix="yz-bench-") as home:
        os.environ["YIZHAN_HOME"] = home
        boot(WEB_SETTINGS)
        importlib.import_module("yizhan.services.owners.vault").open_vault()
        fill(accounts)
        message_id, cookies = receive(), sign_in()
        web, port = start_web()
        try:
            times = asyncio.run(measure(port, cookies, message_id))
        finally:
            web.terminate()
            web.wait(15)
    median = statistics.median(times)
    print(
        f"{accounts} accounts: from Reply to writing, median {median:.0f} ms, slowest of {ROUNDS} {max(times):.0f} ms"
    )
    print(f"wanted: under {WANTED_MS:g} ms")
    return median > WANTED_MS


if __name__ == "__main__":
    sys.exit(main())
