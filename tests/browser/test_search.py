"""The search field, what it finds, how that is narrowed, kept and acted on, in three languages."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.mailing import bind, fill, sit_down
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.browser]


@pytest.mark.parametrize(("language", "name"), [("zh-hans", "zh"), ("ru", "ru")])
async def test_a_word_is_typed_after_a_slash_and_its_finds_are_marked(
    pages: Pages, home: Home, mailhost: MailHost, alice: Person, language: str, name: str
) -> None:
    fill(mailhost, alice, 12)
    bind(home, mailhost, alice, "Li Wei")
    assert home.cli("search", "出运").code == 0
    with home.serve() as serving:
        page = await pages.open(language=language, width=1440, height=900)
        desk = await sit_down(page, serving, language)
        await desk.open("/mail")
        await page.keyboard.press("/")
        await expect(page.locator("input[name=q]")).to_be_focused()
        await page.keyboard.type("出運")
        await page.keyboard.press("Enter")
        await expect(page.locator(".msg mark").first).to_have_text("出运")
        await expect(page.locator(".msg")).not_to_have_count(0)
        await take_picture(page, f"search-{name}")
        await check_accessible(page)
        await page.locator(".msg a").first.click()
        await page.wait_for_url("**/mail/*")

        await desk.open("/search")
        await check_accessible(page)
        await desk.open("/search?q=zebra")
        await expect(page.locator(".empty")).to_be_visible()
        await check_accessible(page)
        pages.watch.expect("status of 400")
        await desk.open("/search?q=%E2%80%A6!!")
        await expect(page.locator(".banner")).to_be_visible()
        await check_accessible(page)
        await page.close()


async def test_finds_are_narrowed_kept_opened_beside_the_list_and_acted_on_together(
    pages: Pages, home: Home, mailhost: MailHost, alice: Person
) -> None:
    fill(mailhost, alice, 70)
    bind(home, mailhost, alice, "Li Wei")
    assert home.cli("search", "someone").code == 0
    with home.serve() as serving:
        page = await pages.open(language="en", width=1440, height=900)
        desk = await sit_down(page, serving, "en")
        await desk.open("/search?q=from:someone")
        await expect(page.locator("#found")).to_have_text("70 messages")
        beside = page.locator("#narrows")
        await beside.get_by_role("link", name=re.compile("^Unread")).click()
        await expect(page.locator("input[name=q]")).to_have_value("from:someone is:unread")

        await page.locator("#keep summary").click()
        await page.locator("#keep [name=name]").fill("From someone, new")
        await page.locator("#keep button", has_text="Save").click()
        await expect(page.locator(".narrows a[aria-current=page]")).to_have_text("From someone, new")
        await page.locator("#keep summary").click()
        await page.locator("#keep [name=name]").fill("New ones")
        await page.locator("#keep button", has_text="Rename").click()
        await desk.open("/mail")
        await page.locator("#side-lists").get_by_role("link", name="New ones").click()
        await page.wait_for_url("**/search?*")

        await page.locator(".msg .open").nth(1).click()
        await expect(page.locator(".sheet.is-open .reader h1")).to_be_visible()
        await check_accessible(page)
        await page.keyboard.press("u")
        await expect(page.locator(".sheet.finds:not(.is-open)")).to_be_visible()
        await expect(page).to_have_url(re.compile("/search"))

        await desk.open("/search?q=from:someone&account=1")
        await expect(page.locator("input[name=q]")).to_have_value(f"from:someone account:{alice.address}")
        await page.locator(".pick-all").check()
        await expect(page.locator("[data-offer]")).to_have_text("Select all 70")
        await page.locator("[data-offer]").click()
        await page.locator(".bulk [data-word=star]").click()
        await expect(page.locator(".toast")).to_contain_text("70 messages marked")
        await expect(beside.get_by_role("link", name=re.compile("^Starred"))).to_contain_text("70")
        await page.locator(".toast [data-undo]").click()
        await expect(beside.get_by_role("link", name=re.compile("^Starred"))).to_have_count(0)
        await page.close()
