"""What a message asks of its reader, in the browser; whom one's own has not reached; as whom one sends."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from tests.browser.mailing import Office, letter, open_office
from tests.mime.test_asks import INVITATION
from tests.mime.test_reports import CORPUS, split
from tests.scenarios.halves import wait_for
from tests.support.browser import Pages, check_accessible
from tests.support.mailhost import MailHost

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.browser]
WAIT_S = 60.0
REPORTS = {file.stem: split(file)[1] for file in CORPUS}


@pytest.fixture(scope="module")
def office(mailhost: MailHost) -> Iterator[Office]:
    with open_office(mailhost) as opened:
        yield opened


def find_letter(office: Office, mailbox: str, subject: str) -> int:
    """The number of alice's letter, once it is here."""
    words = ("messages", "list", "--account", office.alice.address, "--mailbox", mailbox, "--json")

    def here() -> list[int]:
        return [each["id"] for each in office.home.cli(*words).json if each["subject"] == subject]

    office.home.cli("sync", office.alice.address)
    wait_for(subject, here, WAIT_S)
    return here()[0]


async def test_a_letter_asks_and_its_reader_answers(pages: Pages, office: Office) -> None:
    bob, alice = office.bob, office.alice
    asking = letter("Boris", bob.address, alice.address, "Come to the meeting", "Will you?", datetime.now(UTC))
    asking["Disposition-Notification-To"] = bob.address
    asking["List-Unsubscribe"] = "<mailto:out@news.example>, <https://news.example/out>"
    calendar = INVITATION.replace("boris@example.org", bob.address)
    asking.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"})
    office.mailhost.send(bob, alice.address, message=asking.as_bytes())
    desk = await office.enter(await pages.open())
    await desk.open(f"/mail/{find_letter(office, 'inbox', 'Come to the meeting')}")
    await expect(desk.page.locator("#receipt")).to_contain_text(bob.address, timeout=WAIT_S * 1000)
    await check_accessible(desk.page)
    link = desk.page.get_by_role("link", name="Open the list's page")
    await expect(link).to_have_attribute("rel", re.compile("noreferrer"))
    await desk.page.get_by_role("button", name="Send a receipt").click()
    await expect(desk.page.locator("#receipt")).to_contain_text("You let the sender know")
    await desk.page.get_by_role("button", name="Accept").click()
    await expect(desk.page.locator("#invited")).to_contain_text("You accepted")
    assert b"disposition-notification" in office.mailhost.wait_for(bob, "manual-action").as_bytes()
    office.mailhost.wait_for(bob, "METHOD:REPLY")


async def test_ones_own_letter_tells_whom_it_has_not_reached_and_the_address_is_remembered(
    pages: Pages, office: Office
) -> None:
    words = ["send", "--from", office.alice.address, "--to", office.bob.address]
    words += ["--subject", "To the wrong one", "--wait"]
    sent = office.home.cli(*words, "--json").json
    bounce = REPORTS["postfix"].replace(b"<sent-1@example.com>", sent["message_id"].encode())
    bounce = bounce.replace(b"boris@example.org", office.bob.address.encode())
    office.mailhost.dovecot.deliver(office.alice.address, bounce, at=datetime.now(UTC))
    office.home.cli("sync", office.alice.address)
    wait_for("a bounce", lambda: office.home.cli("suppressions", "list", "--json").json, WAIT_S)
    number = find_letter(office, "sent", "To the wrong one")
    desk = await office.enter(await pages.open())
    await desk.open(f"/mail/{number}")
    await expect(desk.page.locator("#undelivered")).to_contain_text(f"Not delivered to {office.bob.address}")
    await check_accessible(desk.page)
    await desk.page.get_by_role("link", name="The report").click()
    await expect(desk.page.locator("#subject")).to_have_text("Undelivered Mail Returned to Sender")
    await desk.open("/suppressions")
    await expect(desk.page.locator("main bdi", has_text=office.bob.address)).to_be_visible()
    await check_accessible(desk.page)
    await desk.page.get_by_role("button", name=f"Remove {office.bob.address}").click()
    await expect(desk.page.locator("main")).to_contain_text("There are none.")


async def test_an_account_is_given_names_to_send_as(pages: Pages, office: Office) -> None:
    desk = await office.enter(await pages.open())
    await desk.open("/accounts")
    await desk.page.get_by_role("link", name=office.alice.address).first.click()
    await desk.page.get_by_role("link", name="Names and addresses").click()
    pages.watch.expect("status of 422")
    await desk.page.fill("#new-address", "nobody")
    await desk.page.get_by_role("button", name="Add").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text("not an e-mail address: nobody")
    await desk.page.fill("#new-address", "sales@lanchuan.example")
    await desk.page.fill("#new-name", "蓝川 Продажи")
    await desk.page.get_by_role("button", name="Add").click()
    await expect(desk.page.get_by_role("heading", name="蓝川 Продажи")).to_be_visible()
    await check_accessible(desk.page)
    await desk.page.get_by_role("button", name="Use in new mail").first.click()
    await expect(desk.page.locator(".pill", has_text="In new mail")).to_have_count(1)
    await desk.page.get_by_role("button", name="Remove").first.click()
    await expect(desk.page.get_by_role("heading", name="蓝川 Продажи")).to_have_count(0)
