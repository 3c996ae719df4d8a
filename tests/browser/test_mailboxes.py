"""Mailboxes in the browser, in Chinese: the trees beside mail, making, renaming and deleting, and what is kept."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.mailing import Desk, Office, open_office
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.mailhost import MailHost

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.browser]
PATIENCE = 60_000
MADE = [
    "&W6JiNw-",
    "&W6JiNw-/&Ti1W,Q-",
    "&W6JiNw-/&BCAEPgRBBEEEOARP-",
    "&W6JiNw-/&BCAEPgRBBEEEOARP-/A & B",
    "A very long name of a mailbox that nobody can read here",
]


@pytest.fixture(scope="module")
def office(mailhost: MailHost) -> Iterator[Office]:
    with open_office(mailhost) as opened:
        with mailhost.dovecot.client(opened.alice.address) as client:
            for name in MADE:
                client.create(f'"{name.replace("A & B", "A &- B")}"')
        assert opened.home.cli("mailboxes", "list", opened.alice.address, "--fresh").code == 0
        yield opened


async def check_page(page: Page, name: str) -> None:
    await check_accessible(page)
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, f"{name} is wider than its window"
    await take_picture(page, name)


def at_server(office: Office) -> str:
    with office.mailhost.dovecot.client(office.alice.address) as client:
        return str(client.list())


async def open_tree(desk: Desk) -> None:
    await desk.open("/mail")
    await desk.page.locator(".acct .fold").first.click()
    await desk.page.locator(".box", has_text="客户").locator(".fold").first.click()
    await expect(desk.page.locator(".box", has_text="Россия").first).to_be_visible()


async def test_the_tree_beside_mail_opens_shuts_and_comes_back_as_it_was_left(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page, "zh-hans")
    await open_tree(desk)
    await expect(page.locator(".box", has_text="A & B")).to_be_hidden()
    await check_page(page, "mailboxes-side")
    await page.reload()
    await expect(page.locator(".box", has_text="Россия").first).to_be_visible()
    await page.locator(".acct .fold").first.click()
    await expect(page.locator(".box", has_text="Россия").first).to_be_hidden()
    await page.reload()
    await expect(page.locator(".box")).to_have_count(0)
    await page.close()


async def test_a_mailbox_is_made_renamed_and_deleted_from_its_menu(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page, "zh-hans")
    await open_tree(desk)
    row = page.locator(".box", has_text="中国")
    await row.hover()
    await row.locator(".dots").click()
    menu = page.locator("dialog.boxmenu")
    await expect(menu).to_be_visible()
    await check_page(page, "mailboxes-menu")
    await menu.locator("#b-new").fill("深圳")
    await menu.get_by_role("button", name="新建").click()
    await expect(page.get_by_role("link", name="深圳", exact=True)).to_be_visible(timeout=PATIENCE)
    await check_page(page, "mailboxes-page")
    await page.locator("tr", has_text="深圳").locator("a.btn").click()
    await page.locator("#b-name").fill("深圳/广州")
    await page.get_by_role("button", name="改名").click()
    await expect(page.locator(".toast", has_text="文件夹不能用这个名字")).to_be_visible()
    await page.locator("tr", has_text="深圳").locator("a.btn").click()
    await page.locator("#b-name").fill("广州")
    await page.get_by_role("button", name="改名").click()
    await expect(page.get_by_role("link", name="广州", exact=True)).to_be_visible(timeout=PATIENCE)
    await page.locator("tr", has_text="广州").locator("a.btn").click()
    await page.locator(".sure summary").click()
    await expect(page.get_by_text("连同里面的 0 封邮件一起删除")).to_be_visible()
    await page.get_by_role("button", name="彻底删除").click()
    await expect(page.get_by_role("link", name="广州", exact=True)).to_have_count(0, timeout=PATIENCE)
    assert "&Xn9d3g-" not in at_server(office)
    await page.close()


async def test_the_server_s_no_is_shown_until_it_is_read(pages: Pages, office: Office) -> None:
    page = await pages.open(width=390, height=844)
    desk = await office.enter(page, "zh-hans")
    account = office.home.cli("accounts", "list", "--json").json[0]["id"]
    await desk.open(f"/accounts/{account}/mailboxes")
    await page.locator("[data-opens=new-mailbox]").click()
    await page.locator("#new-mailbox [name=name]").fill("~tilde")
    await page.locator("#new-mailbox button.primary").click()
    await expect(page.locator("#asked [role=alert]")).to_contain_text("Begins with", timeout=PATIENCE)
    await check_page(page, "mailboxes-refused-phone")
    await page.get_by_role("button", name="知道了").click()
    await expect(page.locator("#asked [role=alert]")).to_have_count(0)
    await desk.open("/mail")
    await page.locator("[data-drawer=side]").click()
    await page.locator(".acct .fold").first.click()
    await expect(page.locator(".box", has_text="客户").first).to_be_visible()
    await check_page(page, "mailboxes-side-phone")
    await page.close()


async def test_what_is_kept_here_is_chosen_for_the_account_and_for_one_mailbox(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900, dark=True)
    desk = await office.enter(page, "zh-hans")
    account = office.home.cli("accounts", "list", "--json").json[0]["id"]
    await desk.open(f"/accounts/{account}/mailboxes")
    await page.locator("[name=days][value='30']").check()
    await page.get_by_role("button", name="保存").first.click()
    await expect(page.locator("[name=days][value='30']")).to_be_checked()
    await page.locator("tr", has_text="Junk").locator("a.btn").click()
    await page.locator("#b-follow").select_option("never")
    await page.get_by_role("button", name="保存").first.click()
    await expect(page.locator("tr", has_text="Junk")).to_contain_text("不保留")
    await check_page(page, "mailboxes-dark")
    await page.close()
