"""The mail pages in their other states: phone, dark, empty, failing, live; files, headers, and what was written."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

from tests.browser.mailing import Desk, Office, letter, open_office, sit_down
from tests.browser.writing import open_sheet
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home
from tests.support.mailhost import MailHost

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.browser]


@pytest.fixture(scope="module")
def office(mailhost: MailHost) -> Iterator[Office]:
    with open_office(mailhost) as opened:
        yield opened


async def check_page(page: Page, name: str) -> None:
    """Nothing serious for axe, nothing wider than the window, and a picture."""
    await check_accessible(page)
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, f"{name} is wider than its window"
    await take_picture(page, name)


async def open_inquiry(desk: Desk) -> None:
    await desk.open("/mail")
    await desk.page.locator(".msg a", has_text="Запрос цены").first.click()
    await expect(desk.page.frame_locator("#frame").locator("table")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "width", "height", "dark"),
    [("phone", 390, 844, False), ("dark", 1440, 900, True), ("narrow", 1000, 800, False)],
)
async def test_pages_fit_every_width_and_both_themes(
    pages: Pages, office: Office, name: str, width: int, height: int, dark: bool
) -> None:
    page = await pages.open(width=width, height=height, dark=dark)
    desk = await office.enter(page)
    await desk.open("/mail")
    await check_page(page, f"inbox-{name}")
    await open_inquiry(desk)
    await check_page(page, f"message-{name}")
    await desk.open("/compose")
    await open_sheet(page)
    await check_page(page, f"write-{name}")
    await desk.open("/outbox")
    await check_page(page, f"outbox-{name}")
    await page.close()


async def test_the_frame_is_as_high_as_the_message_and_cannot_run_a_script(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page)
    await open_inquiry(desk)
    frame = page.locator("#frame")
    await page.wait_for_function(
        "() => { const frame = document.querySelector('#frame');"
        " return frame.clientHeight >= frame.contentDocument.documentElement.scrollHeight - 2; }"
    )
    assert "allow-scripts" not in str(await frame.get_attribute("sandbox"))
    policy = (await page.request.get(f"{page.url.partition('?')[0]}/body")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox" in policy
    await page.close()


async def test_files_are_handed_over_and_never_shown(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page)
    await open_inquiry(desk)
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download Запрос_2611.html").click()
    assert (await waiting.value).suggested_filename == "Запрос_2611.html"
    answer = await page.request.get(f"{page.url.partition('?')[0]}/parts/3")
    headers = answer.headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment; ")
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    raw = await page.request.get(f"{page.url.partition('?')[0]}/raw")
    assert b"PL6060" in await raw.body()
    await desk.open(f"{page.url.partition('?')[0].removeprefix(desk.url)}/header")
    await expect(page.locator(".header-fields")).to_contain_text("Отдел продаж <sales@lanchuan.example>")
    await expect(page.locator(".source")).to_contain_text("Message-ID:")
    await check_accessible(page)
    await page.close()


async def test_new_mail_comes_by_itself_and_the_list_keeps_its_place(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page)
    await desk.open("/mail")
    row = page.locator(".msg").nth(20)
    await row.evaluate("row => row.scrollIntoView({block: 'start'})")
    number = await row.get_attribute("id")
    before = await row.evaluate("row => row.getBoundingClientRect().top")
    new = letter("Новый", office.bob.address, office.alice.address, "Свежее письмо", "x", datetime.now(UTC))
    office.mailhost.dovecot.deliver(office.alice.address, new.as_bytes())
    assert office.home.cli("sync", office.alice.address, "--once").code == 0
    await expect(page.locator(".msg a", has_text="Свежее письмо")).to_have_count(1)
    after = await page.locator(f"#{number}").evaluate("row => row.getBoundingClientRect().top")
    assert abs(after - before) < 3
    await page.close()


async def test_keys_walk_open_and_go_back(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page)
    await desk.open("/mail")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator(".msg").nth(1).locator("a")).to_be_focused()
    await page.keyboard.press("o")
    await page.wait_for_url("**/mail/*")
    second = page.url
    await page.keyboard.press("j")
    await page.wait_for_url(lambda url: url != second)
    await page.keyboard.press("k")
    await page.wait_for_url(second)
    await page.keyboard.press("f")
    await expect(page.locator("#subject")).to_have_value(re.compile("^Fwd: "))
    await page.goto(second)
    await page.keyboard.press("u")
    await page.wait_for_url("**/mail")
    await page.keyboard.press("c")
    await page.wait_for_url("**/compose")
    assert await page.title() == "Write · Yizhan"
    await page.close()


async def test_a_refused_recipient_is_shown_with_the_servers_words(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page)
    await desk.open("/compose")
    await open_sheet(page)
    await page.fill("#to", "nobody-at-all@example.test")
    await page.fill("#subject", "Into the void")
    await page.click("[data-sends]")
    await page.wait_for_url("**/outbox**")
    await expect(page.locator(".more-of").first).to_contain_text("nobody-at-all@example.test", timeout=40_000)
    await check_page(page, "outbox-refused")
    await page.close()


async def test_a_failing_account_says_so_above_the_mail_that_is_here(pages: Pages, office: Office) -> None:
    office.mailhost.dovecot.add_user(office.alice.address, "another secret")
    assert office.home.cli("accounts", "check", office.alice.address).code == 1
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page)
    await desk.open("/mail")
    await expect(page.locator("#failing .banner")).to_contain_text("Русский отдел")
    await expect(page.locator(".msg")).to_have_count(50)
    await check_page(page, "inbox-failing")
    office.mailhost.dovecot.add_user(office.alice.address, office.alice.secret)
    assert office.home.cli("accounts", "check", office.alice.address).code == 0
    await expect(page.locator("#failing .banner")).to_have_count(0)
    await page.close()


async def test_without_accounts_every_page_says_what_comes_next(pages: Pages, home: Home) -> None:
    with home.serve() as serving:
        page = await pages.open(width=1440, height=900)
        desk = await sit_down(page, serving, "en")
        await desk.open("/mail")
        await expect(page.locator(".empty h2")).to_have_text("No accounts yet")
        await check_page(page, "inbox-empty")
        await desk.open("/compose")
        await expect(page.locator("[data-sends]")).to_be_disabled()
        await check_accessible(page)
        await desk.open("/outbox")
        await check_page(page, "outbox-empty")
        await page.close()
