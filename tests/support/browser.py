"""A real Chromium, watched: whatever a page complains about, and any secret it is sent, fails the test."""

import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.support.places import GIVEN, new_folder
from tests.support.planted import check_nothing_planted

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PICTURES_VARIABLE = "YIZHAN_PICTURES"
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--font-render-hinting=none",  # pictures look the same wherever they are taken
]
LOCALES = {"zh-hans": "zh-CN", "en": "en-GB", "ru": "ru-RU"}


class ChromiumMissing(Exception):
    """No Chromium is installed here: `apt-get install chromium fonts-noto-cjk fonts-noto-core`."""


class PageComplained(AssertionError):
    """The browser wrote an error about a page: a script failed, the policy forbade something, a file was missing."""


class NotAccessible(AssertionError):
    """axe-core found something serious on a page."""


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, driven by Playwright; about a second."""
    program = shutil.which("chromium")
    if program is None:
        raise ChromiumMissing("apt-get install chromium fonts-noto-cjk fonts-noto-core")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_FLAGS, chromium_sandbox=False)
        yield browser
        await browser.close()


@dataclass  # no slots: Playwright keeps a note on the object whose method it calls
class Watch:
    """What the pages of one test complained about, but for what the test said it expects."""

    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """An error that matches this is part of the test, such as `status of 403`."""
        self.expected.append(pattern)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def check(self) -> None:
        unexpected = [line for line in self.complaints if not any(re.search(word, line) for word in self.expected)]
        if unexpected:
            raise PageComplained("\n".join(unexpected))


@dataclass(slots=True)
class Pages:
    """Opens pages, each a person of its own with its own cookies; `check` says what went wrong in any of them."""

    browser: Browser
    watch: Watch = field(default_factory=Watch)
    _contexts: list[tuple[BrowserContext, Path]] = field(default_factory=list)

    async def open(
        self, language: str = "en", width: int = 1280, height: int = 800, dark: bool = False, **options: Any
    ) -> Page:
        """A blank page in a fresh browser profile; `options` are Playwright's for a new context."""
        # The record of all traffic holds what the test typed, so it counts as given; `close` searches the answers.
        record = new_folder("pages") / GIVEN / "traffic.har"
        context = await self.browser.new_context(
            locale=LOCALES[language],
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            record_har_path=record,
            record_har_content="embed",
            timezone_id="Asia/Shanghai",
            **options,
        )
        context.set_default_timeout(15_000)
        context.on("console", self.watch.hear)
        context.on("weberror", lambda error: self.watch.complaints.append(str(error.error)))
        self._contexts.append((context, record))
        return await context.new_page()

    async def close(self) -> None:
        """Close all, then fail if a page complained or an answer held the planted secret."""
        for context, record in self._contexts:
            await context.close()
            check_answers(record)
        self.watch.check()


def check_answers(record: Path) -> None:
    """No answer in this HTTP archive holds the planted secret, neither in its head nor in its body."""
    for entry in json.loads(record.read_text(encoding="utf-8"))["log"]["entries"]:
        check_nothing_planted(json.dumps(entry["response"], ensure_ascii=False), f"the page {entry['request']['url']}")


async def check_accessible(page: Page, without: Sequence[str] = ()) -> None:
    """Raises `NotAccessible` if axe-core finds anything serious or critical; `without` names rules left out."""
    await page.wait_for_load_state()
    found = await Axe().run(page)
    bad = [
        f"{issue['id']} ({issue['impact']}): {issue['help']}: {[node['html'] for node in issue['nodes']][:3]}"
        for issue in found.response["violations"]
        if issue["impact"] in ("serious", "critical") and issue["id"] not in without
    ]
    if bad:
        raise NotAccessible(f"{page.url}\n" + "\n".join(bad))


async def take_picture(page: Page, name: str, full_page: bool = False) -> Path:
    """A picture of the page; it replaces `docs/pictures/NAME.png` when YIZHAN_PICTURES is 1."""
    keep = os.environ.get(PICTURES_VARIABLE) == "1"
    path = (PICTURES if keep else new_folder("pictures")) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=path, full_page=full_page, animations="disabled", caret="hide")
    return path
