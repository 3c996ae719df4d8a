"""The address book, files attached often and the list of drafts: kept, found, brought in; in three languages."""

import pytest
from playwright.async_api import expect

from tests.browser.mailing import sit_down
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home
from tests.support.places import given_file

pytestmark = [pytest.mark.browser]

CARDS = """姓名,邮箱地址,公司
Полина Верхова,p.verkhova@velmart.example,Велмарт
许知微,xu@lanchuan.example,蓝川贸易
,broken,
"""


@pytest.mark.parametrize(
    ("language", "width", "dark", "name"), [("zh-hans", 1440, False, "zh"), ("ru", 390, True, "ru-phone")]
)
async def test_cards_files_and_drafts_are_kept_and_found(
    pages: Pages, home: Home, language: str, width: int, dark: bool, name: str
) -> None:
    with home.serve() as serving:
        page = await pages.open(language=language, width=width, dark=dark)
        desk = await sit_down(page, serving, language)
        await desk.open("/cards")
        await check_accessible(page)
        await desk.open("/cards/import")
        await page.set_input_files("[name=file]", given_file(CARDS, "cards.csv"))
        await page.locator("main form button").click()
        await expect(page.locator(".banner")).to_contain_text("2")
        await page.locator(".banner summary").click()
        await take_picture(page, f"cards-{name}")
        await check_accessible(page)
        await page.get_by_role("link", name="Полина Верхова").first.click()
        await page.fill("[name='f:position']", "Директор")
        await page.fill("[name=own_name]", "Город")
        await page.fill("[name=own_value]", "Пермь")
        await take_picture(page, f"card-{name}")
        await check_accessible(page)
        await page.locator("form button.primary").click()
        await page.fill("[name=q]", "верх")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-row]")).to_have_count(1)
        told = await page.evaluate("fetch('/people?q=知微').then((answer) => answer.json())")
        assert told == [{"name": "许知微", "address": "xu@lanchuan.example", "kind": "card"}]

        await desk.open("/library")
        await page.set_input_files("[name=file]", given_file("catalogue", "目录 2026.pdf"))
        await page.locator("main form button.primary").click()
        await expect(page.locator("[data-row]")).to_have_count(1)
        await take_picture(page, f"library-{name}")
        await check_accessible(page)

        await desk.open("/drafts")
        await expect(page.locator(".empty")).to_be_visible()
        made = await page.evaluate(POST, ["/drafts", {"content": {"subject": "报价", "to": "xu@lanchuan.example"}}])
        await expect(page.locator("[data-row]")).to_have_count(1)
        assert (await page.evaluate(POST, [f"/drafts/{made['id']}/library/1", {}]))["name"] == "目录 2026.pdf"
        await expect(page.locator("[data-row] .why")).to_contain_text("1")
        await take_picture(page, f"drafts-{name}")
        await check_accessible(page)
        await page.locator("[data-row] form button").click()
        await expect(page.locator(".empty")).to_be_visible()
        await desk.open("/settings")
        await page.select_option("[name=time_zone]", "Asia/Almaty")
        await page.locator("[name=undo][value='30']").check(force=True)
        await expect(page.locator("[name=undo][value='30']")).to_be_checked()
        await take_picture(page, f"settings-{name}")
        await check_accessible(page)
        await page.close()


POST = """([address, body]) => fetch(address, {
  method: "POST",
  headers: {
    "Content-Type": "application/json",
    "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
  },
  body: JSON.stringify(body),
}).then((answer) => answer.json())"""
