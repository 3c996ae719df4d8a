"""The outbox as a page: everything in every state, what can be done about it, and how much each account may send."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.mailing import Desk, sign_in, sit_down
from tests.scenarios.asked import door
from tests.store.making import bind, take_lease
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home, Serving, new_home
from yizhan.store import accounts, blobs, submissions
from yizhan.store.lane import Lane
from yizhan.store.models import Account
from yizhan.store.scope import Scope

pytestmark = pytest.mark.browser
RAW = b"Message-ID: <1@lanchuan.example>\r\nFrom: a@b.c\r\n\r\nhello\r\n"
SAID = {"stage": "data", "retry_after_s": None, "candidates": []}
RESET = {**SAID, "cause": "connection_reset", "evidence": "no answer after the final dot", "retry": "later"}
UNKNOWN = {**SAID, "cause": "user_unknown", "evidence": "550 5.1.1 User unknown", "retry": "never"}
GREY = {**SAID, "cause": "greylisted", "evidence": "450 4.7.1 Greylisted, come back later", "retry": "later"}


@dataclass(frozen=True, slots=True)
class Post:
    """A home that nobody sends from: the accounts' leases are the test's."""

    scope: Scope
    serving: Serving
    ids: dict[str, int]


def hand_in(scope: Scope, account: Account, subject: str, to: str, state: str, **fields: Any) -> int:
    """Handed in and now in that state, with these columns."""
    now = datetime.now(UTC)
    row = submissions.create(
        scope,
        account.pk,
        state="queued",
        subject=subject,
        message_id="<1@lanchuan.example>",
        mail_from=account.address,
        recipients=[(to, "to")],
        blob=blobs.put(RAW),
        created_at=now - timedelta(minutes=20),
    )
    submissions.move(row.pk, "queued", state, **fields)
    return int(row.pk)


def fill(scope: Scope) -> dict[str, int]:
    now = datetime.now(UTC)
    west = bind(scope, "sales@lanchuan.example", label="欧美客户", status="normal")
    east = bind(scope, "ru@lanchuan.example", label="俄语区询盘", status="normal")
    off = bind(scope, "cn@lanchuan.example", label="国内供应商", status="paused")
    for account, a_day in ((west, 400), (east, 2), (off, 50)):
        take_lease(account, "a test", ttl=3_600)
        accounts.update(scope, account.pk, caps={"a_day": a_day})
    copies = {"sent_at": now - timedelta(minutes=9), "final_dot_at": now - timedelta(minutes=9)}
    put_off: dict[str, Any] = {"diagnosis": GREY, "not_before": now + timedelta(minutes=5)}
    later = now + timedelta(hours=3)
    ids = {
        "uncertain": hand_in(
            scope, west, "Booking BF-740218", "docs@baltfreight.example", "uncertain", diagnosis=RESET, final_dot_at=now
        ),
        "failed": hand_in(scope, east, "Quotation LC-2611-112", "polina@velmart.example", "failed", diagnosis=UNKNOWN),
        "sending": hand_in(scope, west, "样品照片", "m.okonjo@halvora.example", "sending", handed_bytes=42),
        "grey": hand_in(scope, west, "Container photos", "ops@baltfreight.example", "queued", **put_off),
        "paused": hand_in(scope, off, "11 月对账单", "accounts@haicheng.example", "queued"),
        "scheduled": hand_in(
            scope, east, "Re: Запрос цены", "p@velmart.example", "scheduled", scheduled_at=later, zone="Europe/Moscow"
        ),
    }
    for number in range(2):
        hand_in(scope, east, f"Образцы {number}", "a@b.example", "sent", sent_copy="appended", **copies)
    ids["over"] = hand_in(scope, east, "Запрос: коммерческое предложение", "z@stroydvor.example", "queued")
    ids["sent"] = hand_in(scope, west, "Sample feedback", "m@halvora.example", "sent", sent_copy="by_server", **copies)
    return ids


@contextmanager
def open_post() -> Iterator[Post]:
    home: Home = new_home()
    with door(home) as scope:
        ids = fill(scope)
        with home.serve() as serving:
            yield Post(scope, serving, ids)


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    with open_post() as opened:
        yield opened


async def check_page(page: Page, name: str) -> None:
    await check_accessible(page)
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, f"{name} is wider than its window"
    await take_picture(page, name)


def row(page: Page, number: int) -> Any:
    return page.locator(f"#s-{number}")


async def test_every_state_says_what_it_waits_for_and_what_can_be_done(pages: Pages, post: Post) -> None:
    page = await pages.open(width=1440, height=900)
    desk: Desk = await sit_down(page, post.serving, "en")
    await desk.open("/outbox")
    ids = post.ids
    await expect(row(page, ids["sending"])).to_contain_text("handed over")
    await expect(row(page, ids["grey"])).to_contain_text("Try now")
    await expect(row(page, ids["paused"])).to_contain_text("the account is paused")
    await expect(row(page, ids["over"])).to_contain_text("the account's limit is reached")
    await expect(row(page, ids["scheduled"])).to_contain_text("Europe/Moscow")
    await expect(row(page, ids["failed"])).to_contain_text("Mend and send")
    await expect(page.locator("#caps")).to_contain_text("limit reached")
    await expect(page.locator(".more-of").first).to_contain_text("no answer after the final dot")
    await check_page(page, "outbox-states-en")
    for width, dark, name in ((390, False, "phone"), (1440, True, "dark")):
        other = await pages.open(width=width, height=900, dark=dark)
        at = await sign_in(other, post.serving)
        await at.open("/outbox")
        await check_page(other, f"outbox-states-{name}")
        await at.open("/outbox/limits")
        await check_page(other, f"outbox-limits-{name}")
        await other.close()
    await page.close()


async def test_what_is_decided_is_done_and_shown_without_a_reload(pages: Pages, post: Post) -> None:
    page = await pages.open(width=1440, height=900)
    desk: Desk = await sign_in(page, post.serving)
    await desk.open("/outbox")
    ids = post.ids
    for name in ("over", "paused", "sent"):
        await row(page, ids[name]).locator("input.pick").check()
    await page.get_by_role("button", name="Do not send").click()
    await expect(page.locator(".toast")).to_contain_text("Done for 2 messages. 1 was past that.")
    await expect(row(page, ids["over"])).to_contain_text("Cancelled")
    await page.get_by_role("button", name="It has not arrived; send another").click()
    await expect(row(page, ids["uncertain"])).to_contain_text("handed in again")
    await expect(page.locator("#tabs")).to_contain_text("Failed 2")
    again = await row(page, ids["uncertain"]).get_by_role("link").get_attribute("href")
    await expect(page.locator(str(again))).to_contain_text("Booking BF-740218")
    async with Lane() as lane:
        await lane.run(submissions.note_progress, ids["sending"], 28)
    await expect(row(page, ids["sending"])).to_contain_text("50%")
    await desk.open("/outbox/limits")
    form = page.locator("form.cap-form", has_text="俄语区询盘")
    await form.get_by_label("an hour").fill("7")
    await form.get_by_role("button", name="Keep").click()
    await expect(page.locator("form.cap-form", has_text="俄语区询盘").get_by_label("an hour")).to_have_value("7")
    await page.close()
