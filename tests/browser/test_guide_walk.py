"""The guides walked end to end at the demo: by address, refusal, security page and paste to normal, and on to mail."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import Owner, local, set_up
from tests.browser.walking import (
    LONG_MS,
    WORDS,
    Words,
    check_normal,
    copy_shown_secret,
    give_code_from_phone,
    learn_login_password,
    make_app_password,
    open_security_page,
    paste_secret,
    sandbox_of,
    sign_in_there,
)
from tests.browser.writing import open_sheet
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home, Serving
from tests.support.nameserver import answering
from tests.support.places import given_file

CLIPBOARD = ["clipboard-read", "clipboard-write"]
KEPT = frozenset(
    [
        "address-en",
        "address-ru",
        "refused-zh",
        "refused-ru",
        "normal-zh",
        "security-zh",
        "inbox-zh",
        "list-zh",
        "sent-zh",
        "revoked-zh",
        "yandex-refused-zh",
        "gmail-pasted-zh",
    ]
)
MAILRU_SAYS = "NEOBHODIM parol prilozheniya"


@pytest.fixture
def owner(planted_secret: str) -> Owner:
    return Owner(password=f"{planted_secret} river stone")


@pytest.fixture
def quiet(home: Home) -> Iterator[Home]:
    """A home whose name server knows nobody: the demo needs no network at all."""
    with answering({}) as names:
        home.env["YIZHAN_NAMESERVER"] = names.address
        yield home


@asynccontextmanager
async def at_the_demo(
    pages: Pages, home: Home, owner: Owner, language: str = "zh-hans", width: int = 1440, dark: bool = False
) -> AsyncIterator[tuple[Page, Serving]]:
    """A new owner in front of the page that takes an address; all windows are shut before the demo ends."""
    pages.watch.expect("/events")
    page = await pages.open(language=language, width=width, height=900, dark=dark, permissions=CLIPBOARD)
    with home.serve("--demo") as serving:
        await set_up(page, serving, owner, language)
        yield page, serving
        await page.context.close()


async def type_address(page: Page, address: str) -> None:
    await page.fill("[name=address]", address)
    await expect(page.locator("#guide .steps")).to_be_visible()


async def check_servers(page: Page, imap: str, smtp: str) -> None:
    """As they are filled in, closed lines that can be opened."""
    await expect(page.locator("#server-imap summary")).to_contain_text(imap)
    await expect(page.locator("#server-smtp summary")).to_contain_text(smtp)


async def try_login_password(page: Page, password: str, words: Words) -> None:
    """The mistake that everybody makes first; told in the server's words and ours, with step and field."""
    await page.fill("[name=secret]", password)
    await page.click("form.desk button.primary")
    diagnosis = page.locator(".diag")
    await expect(diagnosis.locator("h2")).to_contain_text(words.refused, timeout=LONG_MS)
    await expect(diagnosis).to_contain_text(words.stopped)
    await expect(diagnosis.locator(".say")).to_contain_text(MAILRU_SAYS)
    assert await diagnosis.locator(".steps li").count() >= 2
    await expect(diagnosis.locator("label[for=f-secret]")).to_have_text(re.compile(words.noun, re.IGNORECASE))
    await expect(diagnosis.locator("[name=secret]")).to_have_value("")


async def look_at(page: Page, name: str) -> None:
    """Accessible; and a picture of what the others do not show already."""
    for picture in {name} & KEPT:
        await take_picture(page, f"walk-{picture}")
    await check_accessible(page)


async def walk_mailru(pages: Pages, page: Page, serving: Serving, address: str, language: str, short: str) -> Page:
    """From the typed address to normal; gives the provider's security page, still signed in."""
    words = WORDS[language]
    stranger = await page.context.new_page()
    password = await learn_login_password(stranger, sandbox_of(serving), address)
    await stranger.close()
    await type_address(page, address)
    await expect(page.locator("#recognised")).to_contain_text("Mail.ru")
    await expect(page.locator("#recognised")).to_contain_text(words.recognised)
    await check_servers(page, "imap.mail.ru 993 · TLS", "smtp.mail.ru 465 · TLS")
    await expect(page.locator("label[for=f-secret]")).to_have_text(re.compile(words.noun, re.IGNORECASE))
    await expect(page.locator("#f-secret-hint .warn")).to_contain_text(words.not_login)
    await expect(page.locator("#guide .steps li")).to_have_count(7)
    await look_at(page, f"address-{short}")
    await try_login_password(page, password, words)
    await look_at(page, f"refused-{short}")
    security = await open_security_page(page, page.locator(".diag"))
    assert security.url.startswith(f"{sandbox_of(serving)}/mailru")
    secret = await make_app_password(security, address, password, "mailru", words.given_name)
    assert re.fullmatch(r"[a-zA-Z2-9]{20}", secret)
    await paste_secret(page)
    await expect(page.locator("[name=secret]")).to_have_value(secret)
    await page.click(".diag button.primary")
    await check_normal(page, words)
    await expect(page.locator(".line3 .hop")).to_have_text("demo")
    await look_at(page, f"normal-{short}")
    return security


async def test_the_guide_of_mail_ru_is_walked_in_chinese_from_the_link_to_the_open_inbox(
    pages: Pages, quiet: Home, owner: Owner
) -> None:
    async with at_the_demo(pages, quiet, owner) as (page, serving):
        security = await walk_mailru(pages, page, serving, "li@mail.ru", "zh-hans", "zh")
        await expect(security.get_by_role("row", name="驿站")).to_be_visible()
        await look_at(security, "security-zh")
        await page.get_by_role("link", name="打开收件箱").click()
        await expect(page.locator(".msg")).to_have_count(4, timeout=LONG_MS)
        await expect(page.locator(".msg", has_text="关于下周的安排")).to_be_visible()
        await look_at(page, "inbox-zh")
        await page.goto(f"{local(serving.url)}/accounts")
        row = page.locator("[data-row]", has_text="li@mail.ru")
        await expect(row.locator(".chip")).to_have_text("正常")
        await expect(row.locator(".c-route")).to_have_text("demo")
        await look_at(page, "list-zh")
    [listed] = quiet.cli("accounts", "list", "--json").json
    assert (listed["address"], listed["provider"], listed["route"]) == ("li@mail.ru", "mailru", "demo")


@pytest.mark.parametrize(
    ("language", "short", "width", "dark"), [("en", "en", 1440, True), ("ru", "ru", 390, False)], ids=["en", "ru"]
)
async def test_the_guide_of_mail_ru_is_walked_by_somebody_new_in_another_language(
    pages: Pages, quiet: Home, owner: Owner, language: str, short: str, width: int, dark: bool
) -> None:
    async with at_the_demo(pages, quiet, owner, language, width, dark) as (page, serving):
        await walk_mailru(pages, page, serving, "name@mail.ru", language, short)
        await page.goto(f"{local(serving.url)}/accounts")
        await expect(page.locator("[data-row] .chip")).to_have_text(WORDS[language].normal)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_yandex_wants_its_switch_first_and_then_an_app_password(pages: Pages, quiet: Home, owner: Owner) -> None:
    async with at_the_demo(pages, quiet, owner, width=1000) as (page, serving):
        stranger = await page.context.new_page()
        password = await learn_login_password(stranger, sandbox_of(serving), "li@yandex.ru")
        await type_address(page, "li@yandex.ru")
        await expect(page.locator("#recognised")).to_contain_text("Yandex")
        await check_servers(page, "993 · TLS", "465 · TLS")
        await page.fill("[name=secret]", password)
        await page.click("form.desk button.primary")
        await expect(page.locator(".diag .say")).to_contain_text("IMAP is disabled", timeout=LONG_MS)
        await look_at(page, "yandex-refused-zh")
        security = await open_security_page(page, page.locator(".diag"))
        await sign_in_there(security, "li@yandex.ru", password)
        await security.locator("a[href='/yandex/service']").click()
        await expect(security.locator("#imap")).not_to_be_checked()
        await security.check("#imap")
        await security.locator("form[action='/yandex/service'] button").click()
        await expect(security.locator("#imap")).to_be_checked()
        await security.goto(f"{sandbox_of(serving)}/yandex/app-passwords")
        await security.fill("#name", "驿站")
        await security.locator("form.stack button").click()
        secret = await copy_shown_secret(security)
        await paste_secret(page)
        await expect(page.locator("[name=secret]")).to_have_value(secret)
        await page.click(".diag button.primary")
        await check_normal(page, WORDS["zh-hans"])


async def test_the_sixteen_letters_of_gmail_are_taken_with_their_spaces(
    pages: Pages, quiet: Home, owner: Owner
) -> None:
    async with at_the_demo(pages, quiet, owner) as (page, serving):
        stranger = await page.context.new_page()
        password = await learn_login_password(stranger, sandbox_of(serving), "name@gmail.com")
        await type_address(page, "name@gmail.com")
        await expect(page.locator("#recognised")).to_contain_text("Gmail")
        await check_servers(page, "imap.gmail.com 993 · TLS", "smtp.gmail.com 465 · TLS")
        security = await open_security_page(page, page.locator("#guide"))
        secret = await make_app_password(security, "name@gmail.com", password, "gmail", "驿站")
        assert re.fullmatch(r"([a-z]{4}\s){3}[a-z]{4}", secret)
        await paste_secret(page)
        await look_at(page, "gmail-pasted-zh")
        assert await page.input_value("[name=secret]") == secret
        await page.click("form.desk button.primary")
        await check_normal(page, WORDS["zh-hans"])


async def test_163_gives_an_authorization_code_when_its_service_is_switched_on(
    pages: Pages, quiet: Home, owner: Owner
) -> None:
    async with at_the_demo(pages, quiet, owner) as (page, serving):
        stranger = await page.context.new_page()
        password = await learn_login_password(stranger, sandbox_of(serving), "li@163.com")
        await type_address(page, "li@163.com")
        await expect(page.locator("label[for=f-secret]")).to_have_text("授权码")
        await check_servers(page, "imap.163.com 993 · TLS", "smtp.163.com 465 · TLS")
        security = await open_security_page(page, page.locator("#guide"))
        await sign_in_there(security, "li@163.com", password)
        await security.locator("a[href='/netease/service']").click()
        await security.locator("form[action='/netease/service/code'] button").click()
        await give_code_from_phone(security, "li@163.com")
        secret = await copy_shown_secret(security)
        await paste_secret(page)
        await expect(page.locator("[name=secret]")).to_have_value(secret)
        await page.click("form.desk button.primary")
        await check_normal(page, WORDS["zh-hans"])


async def test_a_bound_account_sends_rests_is_renamed_found_out_when_revoked_and_deleted(
    pages: Pages, quiet: Home, owner: Owner
) -> None:
    async with at_the_demo(pages, quiet, owner) as (page, serving):
        security = await walk_mailru(pages, page, serving, "li@mail.ru", "zh-hans", "life")
        await send_to_anna(pages, page, quiet, serving)
        await pause_resume_and_rename(page, local(serving.url))
        await revoke_and_be_told(page, security, local(serving.url))
        await delete_undo_delete(page, local(serving.url))
    assert [each["address"] for each in quiet.cli("accounts", "list", "--json").json] == ["anna@demo.test"]


async def send_to_anna(pages: Pages, page: Page, home: Home, serving: Serving) -> None:
    """A message from one account of the sandbox arrives at another, both bound here."""
    stranger = await page.context.new_page()
    password = await learn_login_password(stranger, sandbox_of(serving), "anna@demo.test")
    servers = ["--imap", "imap.demo.test:993/tls", "--smtp", "smtp.demo.test:465/tls"]
    added = home.cli("accounts", "add", "anna@demo.test", "--secret-file", str(given_file(password)), *servers)
    assert added.code == 0, added.err
    await page.goto(f"{local(serving.url)}/compose")
    await page.select_option("#from", label="li@mail.ru")
    await page.fill("#to", "anna@demo.test")
    await page.fill("#subject", "询价：LED 面板灯")
    await (await open_sheet(page)).click()
    await page.keyboard.insert_text("您好，请报 2400 套的价格。")
    await page.click("[data-sends]")
    await page.wait_for_url("**/outbox**")
    sent = page.locator("tr", has_text="询价：LED 面板灯").first
    await expect(sent.locator(".chip")).to_have_text("已发送", timeout=LONG_MS)
    await look_at(page, "sent-zh")
    assert home.cli("sync", "anna@demo.test", "--once").code == 0
    await page.goto(f"{local(serving.url)}/mail")
    await page.locator(".mailside a", has_text="anna@demo.test").click()
    await expect(page.locator(".msg", has_text="询价：LED 面板灯")).to_be_visible(timeout=LONG_MS)


async def pause_resume_and_rename(page: Page, url: str) -> None:
    await page.goto(f"{url}/accounts")
    await page.click("text=li@mail.ru")
    await page.get_by_role("button", name="暂停").click()
    await page.goto(f"{url}/accounts")
    row = page.locator("[data-row]", has_text="li@mail.ru")
    await expect(row.locator(".chip")).to_have_text("已暂停")
    await page.click("text=li@mail.ru")
    await page.get_by_role("button", name="继续").click()
    await check_normal(page, WORDS["zh-hans"])
    await page.goto(f"{url}/accounts")
    await page.click("text=li@mail.ru")
    await page.get_by_role("link", name="编辑").click()
    await page.fill("[name=label]", "俄语询价")
    await page.click("button.primary")
    await expect(page.locator(".verdict b")).to_have_text("已保存", timeout=LONG_MS)
    await expect(page.locator(".verdict")).to_contain_text("没有重新验证")
    await page.goto(f"{url}/accounts")
    await expect(row).to_contain_text("俄语询价")


async def revoke_and_be_told(page: Page, security: Page, url: str) -> None:
    """The password is used, then taken away at the provider; the next check finds out."""
    await security.goto(security.url)
    entry = security.get_by_role("row", name="驿站")
    await expect(entry).not_to_contain_text("从未")
    await entry.locator("button").click()
    await expect(entry).to_have_count(0)
    await page.click("text=li@mail.ru")
    await page.get_by_role("button", name="重新验证").click()
    await expect(page.locator(".diag .say")).to_contain_text(MAILRU_SAYS, timeout=LONG_MS)
    await expect(page.locator(".diag .retry")).to_contain_text("不")
    await page.goto(f"{url}/accounts")
    row = page.locator("[data-row]", has_text="li@mail.ru")
    await expect(row.locator(".chip")).to_contain_text("应用专用密码")
    await expect(row.get_by_role("link", name="填写新密码")).to_be_visible()
    await look_at(page, "revoked-zh")


async def delete_undo_delete(page: Page, url: str) -> None:
    """What goes and what stays is said first; undone once, then for good."""
    row = page.locator("[data-row]", has_text="li@mail.ru")
    await ask_to_delete(page)
    await page.click(".toast button:has-text('撤销')")
    await expect(page.locator(".toast", has_text="li@mail.ru 已恢复")).to_be_visible()
    await expect(row.locator(".chip")).to_contain_text("应用专用密码")
    await page.goto(f"{url}/accounts")
    await ask_to_delete(page)
    await expect(page.locator(".toast", has_text="正在删除 li@mail.ru")).to_be_visible()
    await expect(row).to_have_count(0, timeout=LONG_MS)


async def ask_to_delete(page: Page) -> None:
    await page.click("[data-row] a:has-text('li@mail.ru')")
    await page.locator("a.danger", has_text="删除").click()
    await expect(page.locator("main")).to_contain_text("Mail.ru")
    await page.click("button.danger")
