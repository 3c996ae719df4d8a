"""The inbox of five accounts in Chinese: scrolled without end, picked, archived, taken back, deleted; by key too."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.mailing import Desk, Office, bind, fill, letter, sign_in, sit_down
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import new_home
from tests.support.mailhost import MailHost

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.browser]
LABELS = ("公司主邮箱", "欧美客户", "国内供应商", "物流", "俄语区询盘")
SLOW_MS = 60_000  # the machine is shared: what is to happen is waited for


@pytest.fixture(scope="module")
def office(mailhost: MailHost) -> Iterator[Office]:
    home = new_home()
    people = [mailhost.new_person(f"p{number}") for number in range(len(LABELS))]
    for person, label in zip(people, LABELS, strict=True):
        fill(mailhost, person, 24)
        bind(home, mailhost, person, label)
        assert home.cli("sync", person.address, "--once").code == 0
    with home.serve() as serving:
        yield Office(home, serving, mailhost, people[0], people[1])
    assert home.inconsistencies() == []


async def sit(pages: Pages, office: Office, path: str = "/mail", width: int = 1440, height: int = 900) -> Desk:
    page = await pages.open(language="zh-hans", width=width, height=height)
    page.set_default_timeout(SLOW_MS)
    if office.has_owner:
        desk = await sign_in(page, office.serving)
    else:
        office.has_owner = True
        desk = await sit_down(page, office.serving, "zh-hans")
    await desk.open(path)
    await expect(page.locator(".msg").first).to_be_visible(timeout=SLOW_MS)
    return desk


def toast(page: Page, text: str) -> Locator:
    return page.locator(".toast", has_text=text)


async def scroll_to_the_end(page: Page, rows: int) -> None:
    """As far as so many rows; each answer brings the next fifty."""
    scroller = page.locator("[data-place]")
    await scroller.evaluate("list => { list.scrollTop = list.scrollHeight; }")
    await expect(page.locator(".msg")).to_have_count(rows, timeout=SLOW_MS)


# The list is put back in its place once it has its height again, a moment after the page itself.
STANDS_AGAIN = """([at, top]) => {
  const row = document.querySelectorAll(".msg")[at];
  return row && row.getClientRects().length && Math.abs(row.getBoundingClientRect().top - top) < 3;
}"""


async def test_five_accounts_are_one_inbox_whose_end_comes_nearer_as_one_scrolls(pages: Pages, office: Office) -> None:
    desk = await sit(pages, office)
    page = desk.page
    for label in LABELS:
        await expect(page.locator(".msg .tag", has_text=label).first).to_be_attached()
    await check_accessible(page)
    await take_picture(page, "list-zh")
    await scroll_to_the_end(page, 100)
    await scroll_to_the_end(page, 120)
    row = page.locator(".msg").nth(70)
    await row.scroll_into_view_if_needed()
    before = await row.evaluate("row => row.getBoundingClientRect().top")
    await row.locator(".open").click()
    await page.wait_for_url("**/mail/*")
    await expect(page.locator("#subject")).to_be_visible()
    await expect(row).to_have_class(re.compile("is-current"))
    await page.go_back()
    await page.wait_for_url("**/mail")
    await expect(page.locator(".nothing-open")).to_be_visible()
    await page.wait_for_function(STANDS_AGAIN, arg=[70, before])
    await page.close()


async def test_picked_messages_are_archived_taken_back_and_deleted(pages: Pages, office: Office) -> None:
    desk = await sit(pages, office)
    page = desk.page
    ids = [await page.locator(".msg").nth(number).get_attribute("id") for number in range(4)]
    await page.locator(".msg .pick").nth(0).check()
    await page.locator(".msg .pick").nth(3).click(modifiers=["Shift"])
    bar = page.locator(".bulk")
    await expect(bar.locator("b")).to_have_text("已选 4 个")
    await check_accessible(page)
    await take_picture(page, "picked-zh")
    await bar.locator('[data-word="archive"]').click()
    await expect(toast(page, "已归档 4 封。")).to_be_visible()
    await expect(bar).to_be_hidden()
    await expect(page.locator(f"#{ids[0]}")).to_have_count(0)
    await take_picture(page, "undo-zh")
    await page.keyboard.press("z")
    await expect(toast(page, "已撤回。")).to_be_visible()
    await expect(page.locator(".msg").nth(3)).to_have_id(str(ids[3]))

    await page.locator(".pick-all").check()
    await page.locator("[data-offer]").click()
    await expect(bar.locator("b")).to_contain_text("120")
    await bar.locator('[data-word="delete"]').click()
    await expect(toast(page, "已删除 120 封。")).to_be_visible()
    await expect(page.locator(".msg")).to_have_count(0)
    await expect(page.locator("#no-rows")).to_be_visible()
    await page.locator(".toast [data-undo]").click()
    await expect(page.locator(f"#{ids[0]}")).to_be_visible()
    await page.close()


async def test_what_is_deleted_is_deleted_for_good_only_when_asked_once_more(pages: Pages, office: Office) -> None:
    pages.watch.expect("409")
    desk = await sit(pages, office)
    page = desk.page
    await page.keyboard.press("j")
    gone = str(await page.locator(".msg").first.get_attribute("id"))
    await page.keyboard.press("#")
    await expect(toast(page, "已删除 1 封。")).to_be_visible()
    await expect(page.locator(f"#{gone}")).to_have_count(0)
    await expect(page.locator(".msg .open").first).to_be_focused()
    await desk.open("/mail?role=trash")
    await page.locator(".msg").first.hover()
    await page.locator(".row-acts .for-delete").click()
    dialog = page.locator("dialog[open]")
    await expect(dialog).to_contain_text("彻底删除这 1 封邮件？")
    await check_accessible(page)
    await take_picture(page, "for-good-zh")
    await dialog.locator("button").first.click()
    await expect(page.locator(".msg")).to_have_count(1)
    await page.locator(".msg").first.hover()
    await page.locator(".row-acts .for-delete").click()
    await page.locator("dialog[open] .danger").click()
    await expect(toast(page, "已彻底删除 1 封。")).to_be_visible()
    await expect(page.locator(".msg")).to_have_count(0)
    await page.close()


async def test_keys_mark_star_pick_and_clear(pages: Pages, office: Office) -> None:
    desk = await sit(pages, office)
    page = desk.page
    row = page.locator(".msg").nth(1)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("s")
    await expect(row).to_have_class(re.compile("is-starred"))
    await expect(row.locator(".open")).to_be_focused()
    await page.keyboard.press("i")
    await expect(row).not_to_have_class(re.compile("is-new"))
    await page.keyboard.press("x")
    await expect(row.locator(".pick")).to_be_checked()
    await page.keyboard.press("Escape")
    await expect(row.locator(".pick")).not_to_be_checked()
    await page.keyboard.press("*")
    await page.keyboard.press("a")
    await expect(page.locator(".bulk b")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_contain_text("归档")
    await page.close()


async def test_new_mail_comes_on_top_without_moving_what_is_read(pages: Pages, office: Office) -> None:
    desk = await sit(pages, office)
    page = desk.page
    row = page.locator(".msg").nth(20)
    await row.evaluate("row => row.scrollIntoView({block: 'start'})")
    number = await row.get_attribute("id")
    before = await row.evaluate("row => row.getBoundingClientRect().top")
    new = letter("Новый", office.bob.address, office.alice.address, "Свежее письмо", "x", datetime.now(UTC))
    office.mailhost.dovecot.deliver(office.alice.address, new.as_bytes())
    await expect(page.locator("[data-fresh]")).to_have_text("1 封新邮件", timeout=SLOW_MS)
    after = await page.locator(f"#{number}").evaluate("row => row.getBoundingClientRect().top")
    assert abs(after - before) < 3
    await page.locator("[data-fresh]").click()
    await expect(page.locator(".msg").first).to_contain_text("Свежее письмо")
    await expect(page.locator("[data-fresh]")).to_be_hidden()
    await page.close()


async def test_an_opened_message_is_seen_and_moves_from_its_own_page(pages: Pages, office: Office) -> None:
    desk = await sit(pages, office)
    page = desk.page
    row = page.locator(".msg.is-new").first
    number = str(await row.get_attribute("id"))
    await row.locator(".open").click()
    await expect(page.locator(f"#{number}")).not_to_have_class(re.compile("is-new"), timeout=SLOW_MS)
    await page.locator(".reader details[data-targets] summary").click()
    await expect(page.locator(".reader details[data-targets] button").first).to_be_visible()
    await take_picture(page, "move-zh")
    await page.locator(".reader .acts button[formaction$=archive]").click()
    await expect(toast(page, "已归档 1 封。")).to_be_visible()
    await expect(page.locator(f"#{number}")).to_have_count(0)
    await expect(page.locator(".msg.is-current")).to_have_count(1)
    await page.close()


async def test_a_phone_has_room_for_the_filters_and_the_bar(pages: Pages, office: Office) -> None:
    desk = await sit(pages, office, "/mail", 390, 844)
    page = desk.page
    await page.locator(".pick-all").check()
    await expect(page.locator(".bulk [data-offer]")).to_be_visible()
    await check_accessible(page)
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await take_picture(page, "picked-phone")
    await page.locator("[data-unpick]").click()
    await page.locator("#times summary").click()
    await page.locator("#times .list a").nth(2).click()
    await page.wait_for_url("**/mail?when=week")
    await page.close()
