"""Accounts in a browser, on a real Dovecot and a real Postfix: add one, see the check, see a refusal, mend it."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page

from tests.browser.people import Owner, local, set_up
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from tests.support.nameserver import answering

LOOKS = [("zh-hans", "zh", 1440, False), ("en", "en", 1000, True), ("ru", "ru", 390, False)]


@pytest.fixture
def owner(planted_secret: str) -> Owner:
    return Owner(password=f"{planted_secret} river stone")


@pytest.fixture
def quiet(home: Home) -> Iterator[Home]:
    """A home whose name server knows nobody: looking for a domain's servers stays on this machine."""
    with answering({}) as names:
        home.env["YIZHAN_NAMESERVER"] = names.address
        yield home


@pytest.mark.parametrize(("language", "short", "width", "dark"), LOOKS, ids=[look[1] for look in LOOKS])
async def test_an_account_is_added_refused_and_mended_and_every_page_is_accessible(
    pages: Pages, quiet: Home, owner: Owner, mailhost: MailHost, alice: Person, language: str, short: str, width: int,
    dark: bool,
) -> None:  # fmt: skip
    pages.watch.expect("/events")  # pages outlive the server here
    pages.watch.expect("status of 422")
    with quiet.serve() as serving:
        page = await pages.open(language=language, width=width, height=900, dark=dark)
        await set_up(page, serving, owner, language)
        await look_at(page, f"accounts-add-empty-{short}")
        await page.goto(f"{local(serving.url)}/accounts")
        await look_at(page, f"accounts-none-{short}")
        await page.goto(f"{local(serving.url)}/accounts/add")
        await page.fill("[name=address]", "li.wei@mail.ru")
        await page.wait_for_selector("#guide .steps")
        await look_at(page, f"accounts-add-known-{short}")
        await page.fill("[name=address]", alice.address)
        await page.wait_for_selector("[data-found][data-state=guessed]", state="attached")
        await page.check("[name=confirmed]")
        await give(page, mailhost, f"{owner.password} wrong")
        await page.wait_for_selector(".diag")
        await look_at(page, f"accounts-refused-{short}")
        await page.fill("[name=secret]", alice.secret)
        await page.click(".diag button.primary")
        await page.wait_for_selector(".well")
        await look_at(page, f"accounts-added-{short}")
        assert await page.locator(".stages .done").count() == 8
        await page.goto(f"{local(serving.url)}/accounts")
        await page.wait_for_selector(".acc [data-row]")
        await look_at(page, f"accounts-list-{short}")
        await page.click(f"text={alice.address}")
        await page.wait_for_selector("#account")
        await look_at(page, f"accounts-detail-{short}")
    listed = quiet.cli("accounts", "list", "--json").json
    assert [(each["address"], each["status"]) for each in listed] == [(alice.address, "normal")]


async def give(page: Page, mailhost: MailHost, secret: str) -> None:
    """Servers, authority and secret into the form, and send it."""
    for name, server in (("imap", mailhost.imap), ("smtp", mailhost.smtp)):
        place, _, security = server.partition("/")
        host, _, port = place.rpartition(":")
        await page.fill(f"[name={name}_host]", host)
        await page.fill(f"[name={name}_port]", port)
        await page.select_option(f"[name={name}_security]", security)
    await page.click("#servers > details:last-child > summary")
    await page.fill("[name=ca_pem]", mailhost.ca_file.read_text())
    await page.fill("[name=secret]", secret)
    await page.click("form.desk button.primary")


async def look_at(page: Page, name: str) -> None:
    """Its picture, and nothing serious for axe."""
    await take_picture(page, name)
    await check_accessible(page)
