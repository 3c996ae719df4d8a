"""One mailbox read safely and answered in a browser, on a real Dovecot and a real Postfix."""

import pytest
from playwright.async_api import expect

from tests.browser.mailing import bind, fill, inquiry, sit_down
from tests.browser.writing import open_sheet
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.browser]
NAMES = {"zh-hans": "zh", "en": "en", "ru": "ru"}
ANSWERS = {
    "zh-hans": "报价见附件，18 天交货。",
    "en": "The offer is attached; 18 days after the advance.",
    "ru": "Предложение во вложении, 18 дней после аванса.",
}


@pytest.mark.parametrize("language", ["zh-hans", "en", "ru"])
async def test_the_newest_fifty_are_shown_one_is_read_safely_and_the_answer_arrives(
    pages: Pages, home: Home, mailhost: MailHost, alice: Person, bob: Person, language: str
) -> None:
    fill(mailhost, alice, 54)
    mailhost.send(bob, alice.address, message=inquiry(bob, alice.address))
    mailhost.wait_for(alice, "PL6060")
    bind(home, mailhost, alice, "Li Wei")
    with home.serve() as serving:
        page = await pages.open(language=language, width=1440, height=900)
        desk = await sit_down(page, serving, language)
        await desk.open("/mail")
        await expect(page.locator(".msg")).to_have_count(50)
        await take_picture(page, f"inbox-{NAMES[language]}")
        await check_accessible(page)

        await page.locator(".msg a", has_text="Запрос цены").click()
        frame = page.frame_locator("#frame")
        await expect(frame.locator("table")).to_contain_text("PL-6060-36")
        await expect(frame.locator(".yz-blocked")).to_contain_text("520 × 68")
        await expect(frame.locator("img")).to_have_js_property("naturalWidth", 1)
        assert "hit" not in await page.title()
        await take_picture(page, f"message-{NAMES[language]}")
        await check_accessible(page)

        await page.keyboard.press("r")
        sheet = await open_sheet(page)
        await expect(sheet).to_be_focused()
        await page.keyboard.type(ANSWERS[language])
        await expect(sheet.locator(".yz-quote table")).to_contain_text("PL-6060-36")
        await take_picture(page, f"reply-{NAMES[language]}")
        await check_accessible(page)
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url("**/outbox**")
        await expect(page.locator("tr", has_text=bob.address).locator(".chip.k-ok")).to_be_visible(timeout=30_000)
        await take_picture(page, f"outbox-{NAMES[language]}")
        await check_accessible(page)
        await page.close()
    arrived = mailhost.wait_for(bob, "In-Reply-To:")
    plain, markup = arrived.get_payload()  # type: ignore[misc]
    assert ANSWERS[language] in plain.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "PL-6060-36" in markup.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert arrived["References"].split()[-1] == arrived["In-Reply-To"]
