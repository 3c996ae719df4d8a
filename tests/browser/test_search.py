"""The search field and what it finds, in three languages."""

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
        pages.watch.expect("status of 400")
        await desk.open("/search?q=%E2%80%A6!!")
        await expect(page.locator(".banner")).to_be_visible()
        await check_accessible(page)
        await page.close()
