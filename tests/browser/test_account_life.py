"""What a person does with accounts that are there: from the keyboard, one by one, many at once, and from a file."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page

from tests.browser.people import Owner, local, set_up
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from tests.support.nameserver import answering
from tests.support.places import given_file


@pytest.fixture
def owner(planted_secret: str) -> Owner:
    return Owner(password=f"{planted_secret} river stone")


@pytest.fixture
def quiet(home: Home) -> Iterator[Home]:
    with answering({}) as names:
        home.env["YIZHAN_NAMESERVER"] = names.address
        yield home


def bind(home: Home, mailhost: MailHost, person: Person) -> None:
    done = home.cli(
        "accounts", "add", person.address, "--secret-file", str(person.secret_file), "--imap", mailhost.imap,
        "--smtp", mailhost.smtp, "--ca-file", str(mailhost.ca_file),
    )  # fmt: skip
    assert done.code == 0, done.err


async def test_accounts_are_paused_edited_deleted_and_taken_back_from_the_keyboard_too(
    pages: Pages, quiet: Home, owner: Owner, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    pages.watch.expect("/events")
    bind(quiet, mailhost, alice)
    bind(quiet, mailhost, bob)
    with quiet.serve() as serving:
        page = await pages.open(language="en", width=1440, height=900)
        await set_up(page, serving, owner, "en")
        await page.goto(f"{local(serving.url)}/accounts")
        await pick_by_keyboard(page)
        await page.click("[data-bulk] button:has-text('Pause')")
        await page.wait_for_selector(".toast:has-text('1 account is paused')")
        await page.wait_for_selector(".chip:has-text('Paused')")
        await see(page, "accounts-life-en")
        await page.click("tr:has(.chip:has-text('Paused')) .menu summary")
        await page.click("tr:has(.chip:has-text('Paused')) .menu button:has-text('Go on')")
        await page.wait_for_selector(".well")
        await page.goto(f"{local(serving.url)}/accounts")
        await page.click(f"text={alice.address}")
        await page.click("a:has-text('Edit')")
        await page.fill("[name=label]", "Russian inquiries")
        await page.click("button.primary")
        await page.wait_for_selector(".well")
        await page.goto(f"{local(serving.url)}/accounts")
        await page.wait_for_selector("text=Russian inquiries")
        await page.click(f"text={bob.address}")
        await page.click("a:has-text('Delete…')")
        await see(page, "accounts-delete-en")
        await page.click("button.danger")
        await page.click(".toast button:has-text('Undo')")
        await page.wait_for_selector(f".toast:has-text('{bob.address} is here again')")
        await page.wait_for_selector(f"tr:has-text('{bob.address}') .chip:has-text('Normal')")
    listed = quiet.cli("accounts", "list", "--json").json
    assert {each["address"]: each["label"] for each in listed} == {alice.address: "Russian inquiries", bob.address: ""}


async def pick_by_keyboard(page: Page) -> None:
    """`?` shows the keys, `j` and `x` pick the first row, `/` goes to the search and Escape lets go."""
    await page.keyboard.press("?")
    await page.wait_for_selector("dialog#keys[open] kbd")
    await see(page, "keys-en")
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await page.wait_for_selector("[data-bulk]:not([hidden])")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("[data-bulk]", state="hidden")
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.name") == "q"
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await see(page, "accounts-picked-en")


async def test_a_file_of_accounts_gets_a_verdict_for_each_row_and_news_come_as_events(
    pages: Pages, quiet: Home, owner: Owner, mailhost: MailHost, alice: Person
) -> None:
    pages.watch.expect("/events")
    pages.watch.expect("status of 422")
    rows = [
        "address,secret,imap,smtp",
        f"{alice.address},{owner.password},{mailhost.imap},{mailhost.smtp}",
        "not an address,x,,",
    ]
    with quiet.serve() as serving:
        page = await pages.open(language="ru", width=1440, height=900)
        await set_up(page, serving, owner, "ru")
        await page.goto(f"{local(serving.url)}/accounts/import")
        await see(page, "import-ru")
        await page.set_input_files("[name=file]", given_file("a,b\n1,2\n", "wrong.csv"))
        await page.click("button.primary")
        await page.wait_for_selector("[role=alert]")
        await page.set_input_files("[name=file]", given_file("\n".join(rows), "accounts.csv"))
        await page.click("button.primary")
        await page.wait_for_selector(".verdicts tbody tr:nth-child(2)")
        await see(page, "imported-ru")
        async with page.expect_download() as download:
            await page.click("a[download]")
        report = (await (await download.value).path()).read_text(encoding="utf-8-sig")
        assert (alice.address in report, "not an address" in report, owner.password in report) == (True, True, False)
        told = await page.evaluate(READ_EVENTS)
    assert told.startswith("retry: ")
    assert "id: 1\nevent: change\ndata: {" in told


READ_EVENTS = """async () => {
  const answer = await fetch("/events", { headers: { "Last-Event-ID": "0" } });
  const reader = answer.body.getReader();
  let told = "";
  while (!told.includes("request.settled")) told += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  return told;
}"""


async def see(page: Page, name: str) -> None:
    """Its picture, and nothing serious for axe."""
    await take_picture(page, name)
    await check_accessible(page)
