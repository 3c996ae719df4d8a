"""One letter with all that a reader has words for: an invitation, a message inside, a claim, remote pictures."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pypdfium2
import pytest
from playwright.async_api import expect

from tests.browser.mailing import Office, letter, open_office
from tests.mime.pictures import make_drawn_pdf, make_photograph
from tests.mime.test_enclosed import CALENDAR
from tests.services.test_reading import REPORT
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


def bring(office: Office, raw: bytes) -> None:
    """A message in Alice's inbox, there and here."""
    office.mailhost.dovecot.deliver(office.alice.address, raw)
    assert office.home.cli("sync", office.alice.address, "--once").code == 0


def rich(office: Office) -> bytes:
    now = datetime.now(UTC)
    inner = letter("Полина", "polina@velmart.example", office.alice.address, "Внутреннее письмо", "Привет", now)
    message = letter("陈工", office.bob.address, office.alice.address, "出运会议", "见附件", now)
    message.add_alternative(MARKUP, subtype="html")
    message["Authentication-Results"] = f"mx.example.test; dmarc=pass header.from={office.bob.address}"
    message.add_alternative(CALENDAR, subtype="calendar", params={"method": "REQUEST"})
    message.add_attachment(inner)
    raw = message.as_bytes()
    return raw.replace(b"multipart/mixed;", b'multipart/signed; protocol="application/pgp-signature";', 1)


async def test_a_reader_has_words_for_what_is_inside_and_fetches_pictures_when_told(
    pages: Pages, office: Office
) -> None:
    bring(office, rich(office))
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


def with_files(office: Office) -> bytes:
    message = letter("陈工", office.bob.address, office.alice.address, "图纸和报价", "见附件", datetime.now(UTC))
    message.add_attachment(make_photograph(), maintype="image", subtype="jpeg", filename="样品照片.jpg")
    message.add_attachment(make_drawn_pdf(), maintype="application", subtype="pdf", filename="Договор_2611.pdf")
    message.add_attachment(b"%PDF-1.7 torn", maintype="application", subtype="pdf", filename="torn.pdf")
    message.add_attachment("型号,数量\nPL-6060,1200\n" * 40, subtype="csv", filename="报价单.csv")
    message.add_attachment(b"PK", maintype="application", subtype="zip", filename="图纸.zip")
    return message.as_bytes()


async def test_a_file_is_looked_at_over_the_reader_and_by_keys(pages: Pages, office: Office) -> None:
    bring(office, with_files(office))
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page, "zh-hans")
    await desk.open("/mail")
    await page.locator(".msg a", has_text="图纸和报价").first.click()
    files, dialog = page.locator(".rd-files li"), page.locator("dialog#preview")
    await expect(files).to_have_count(5)
    await expect(page.locator("[data-previews]")).to_have_count(4)
    await take_picture(page, "files-zh")
    await page.locator("[data-previews]").first.click()
    await expect(dialog.locator("img")).to_be_visible(timeout=60_000)
    assert await dialog.locator("img").evaluate("picture => picture.naturalWidth") > 100
    await check_accessible(page)
    await take_picture(page, "preview-picture-zh")
    await page.keyboard.press("ArrowRight")
    await expect(dialog.locator("#preview-name")).to_contain_text("2 页", timeout=60_000)
    await expect(dialog.locator("img")).to_be_visible()
    await take_picture(page, "preview-pdf-zh")
    await page.keyboard.press("ArrowRight")
    await expect(dialog.locator(".banner")).to_contain_text("无法", timeout=60_000)
    await check_accessible(page)
    await take_picture(page, "preview-cannot-zh")
    await page.keyboard.press("ArrowRight")
    await expect(dialog.locator("pre")).to_contain_text("型号,数量", timeout=60_000)
    await take_picture(page, "preview-text-zh")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(page.locator("[data-previews]").first).to_be_focused()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="下载 样品照片.jpg").click()
    assert (await waiting.value).suggested_filename == "样品照片.jpg"
    await page.close()


async def test_a_file_is_looked_at_without_script_on_a_telephone(pages: Pages, office: Office) -> None:
    bring(office, with_files(office))
    page = await pages.open(language="zh-hans", width=390, height=844, dark=True)
    desk = await office.enter(page, "zh-hans")
    await desk.open("/mail?only=attached")
    await page.locator(".msg a", has_text="图纸和报价").first.click()
    address = await page.locator("[data-previews]").nth(1).get_attribute("href")
    await desk.open(str(address))
    await expect(page.locator(".preview img")).to_be_visible()
    await check_accessible(page)
    await take_picture(page, "preview-phone-dark")
    await page.close()


def long_letter(office: Office, subject: str, **headers: str) -> bytes:
    at = datetime.now(UTC)
    message = letter("Полина", "polina@velmart.example", office.alice.address, subject, "x", at)
    rows = "".join(f"<p style='margin:-20px 0 40px;width:3000px'>Пункт {number}</p>" for number in range(120))
    message.add_alternative(rows, subtype="html")
    message.add_attachment(b"PK", maintype="application", subtype="zip", filename="Смета.zip")
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    return message.as_bytes()


async def test_a_conversation_goes_on_paper_whole_and_only_when_somebody_says_so(pages: Pages, office: Office) -> None:
    ids = {"Message_ID": "<p1@velmart.example>"}
    again = {"Message_ID": "<p2@velmart.example>", "In_Reply_To": "<p1@velmart.example>"}
    bring(office, long_letter(office, "Смета на панели", **ids))
    bring(office, long_letter(office, "Re: Смета на панели", **again))
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page, "zh-hans")
    await desk.open("/mail")
    await page.locator(".msg a", has_text="Re: Смета").first.click()
    await page.locator(".reader summary[aria-label=更多]").click()
    await page.get_by_role("link", name="打印").click()
    paper = page.frame_locator("#paper")
    await expect(paper.locator("article")).to_have_count(1)
    await page.get_by_role("link", name="往来邮件").click()
    await expect(paper.locator("article")).to_have_count(2)
    await expect(paper.locator("dl").first).to_contain_text("Смета.zip")
    await check_accessible(page)
    await take_picture(page, "print-zh")
    await page.evaluate("paper.contentWindow.print = () => { document.body.dataset.printed = 'yes'; }")
    await page.get_by_role("button", name="打印").click()
    assert await page.evaluate("document.body.dataset.printed") == "yes"
    await desk.open(str(await page.locator("#paper").get_attribute("src")))
    printed = read_words(await page.pdf(format="A4"))
    assert len(printed) > 4
    assert sum(page.count("Пункт 119") for page in printed) == 2
    assert all("Смета на панели" in printed[at] for at in (0, first_page_with(printed, "Re: Смета")))
    await page.close()


def read_words(document: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(document)]


def first_page_with(pages: list[str], words: str) -> int:
    return next(at for at, page in enumerate(pages) if words in page)


async def test_a_report_names_who_did_not_get_the_message_and_why(pages: Pages, office: Office) -> None:
    bring(office, REPORT.replace(b"From:", b"Subject: Undelivered\r\nFrom:", 1))
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page, "zh-hans")
    await desk.open("/mail")
    await page.locator(".msg a", has_text="Undelivered").first.click()
    await expect(page.locator(".rd-report")).to_contain_text("li@example.net")
    await expect(page.locator(".rd-report")).to_contain_text("未送达")
    await expect(page.locator(".rd-report .say")).to_contain_text("no such user")
    await check_accessible(page)
    await take_picture(page, "report-zh")
    await page.close()
