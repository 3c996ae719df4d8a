"""One letter with all that a reader has words for: an invitation, a message inside, a claim, remote pictures."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from tests.browser.mailing import Office, letter, open_office
from tests.mime.test_enclosed import CALENDAR
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.mailhost import MailHost

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.browser]
MARKUP = (
    "<p>见附件</p><img src=http://127.0.0.1:9/a.png width=200 height=60><img src=http://127.0.0.1:9/b width=1 height=1>"
)


@pytest.fixture(scope="module")
def office(mailhost: MailHost) -> Iterator[Office]:
    with open_office(mailhost) as opened:
        yield opened


def rich(office: Office) -> bytes:
    now = datetime.now(UTC)
    inner = letter("Полина", "polina@velmart.example", office.alice.address, "Внутреннее письмо", "Привет", now)
    message = letter("陈工", office.bob.address, office.alice.address, "出运会议", "见附件", now)
    message.add_alternative(MARKUP, subtype="html")
    message.add_alternative(CALENDAR, subtype="calendar", params={"method": "REQUEST"})
    message.add_attachment(inner)
    raw = message.as_bytes()
    return raw.replace(b"multipart/mixed;", b'multipart/signed; protocol="application/pgp-signature";', 1)


async def test_a_reader_has_words_for_what_is_inside_and_fetches_pictures_when_told(
    pages: Pages, office: Office
) -> None:
    office.mailhost.dovecot.deliver(office.alice.address, rich(office))
    assert office.home.cli("sync", office.alice.address, "--once").code == 0
    page = await pages.open(width=1440, height=1400)
    desk = await office.enter(page, "zh-hans")
    await desk.open("/mail")
    await page.locator(".msg a", has_text="出运会议").first.click()
    await expect(page.locator(".rd-invitation")).to_contain_text("宁波")
    await expect(page.locator(".rd-claims")).to_contain_text("未验证")
    await expect(page.locator(".rd-enclosed")).to_contain_text("Внутреннее письмо")
    await expect(page.frame_locator(".rd-enclosed iframe").locator("body")).to_contain_text("Привет")
    await check_accessible(page)
    await take_picture(page, "reader-inside")
    await page.get_by_role("button", name="始终显示").click()
    await expect(page.locator("#pictures")).to_contain_text("一张也没取到", timeout=60_000)
    await desk.open("/settings")
    await page.get_by_role("button", name=office.bob.address).click()
    await expect(page.get_by_text(office.bob.address)).to_have_count(0)
    await page.close()
