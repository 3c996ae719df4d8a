"""A message written as one writes: typed, pasted, attached, kept, sent, taken back; on a real Dovecot and Postfix."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.mailing import PNG, Desk, Office, open_office
from tests.browser.writing import open_sheet, paste
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.mailhost import MailHost

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.browser]
CLIPBOARDS = Path(__file__).parent / "clipboards"
LONG_MS = 90_000  # the engine on a busy machine


@pytest.fixture(scope="module")
def office(mailhost: MailHost) -> Iterator[Office]:
    with open_office(mailhost) as opened:
        yield opened


async def sit(pages: Pages, office: Office, path: str = "/compose", **options: Any) -> tuple[Desk, Page, Locator]:
    """Somebody at a sheet."""
    page = await pages.open(**{"width": 1440, "height": 900, **options})
    desk = await office.enter(page)
    await desk.open(path)
    return desk, page, await open_sheet(page)


async def check_kept(page: Page) -> None:
    """The server has what stands on the page."""
    await expect(page.locator("[data-saved]")).to_contain_text("kept as a draft", timeout=LONG_MS)


async def see_sent(page: Page, subject: str) -> None:
    await page.wait_for_url("**/outbox**")
    row = page.locator("tr", has_text=subject).first
    await expect(row.locator(".chip.k-ok")).to_be_visible(timeout=LONG_MS)


def parts_of(message: Message) -> dict[str, Message]:
    """By type; of files, by name."""
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return {part.get_filename() or part.get_content_type(): part for part in leaves}


def words(part: Message) -> str:
    return bytes(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]


async def test_what_is_written_pasted_and_attached_arrives_in_the_other_account(pages: Pages, office: Office) -> None:
    _, page, sheet = await sit(pages, office)
    await page.fill("#to", office.bob.address)
    await page.fill("#subject", "Предложение 2400 шт.")
    await sheet.click()
    await page.keyboard.type("Hello ")
    await page.keyboard.press("Control+B")
    await page.keyboard.type("CIF")
    await page.keyboard.press("Control+B")
    await page.keyboard.press("Enter")
    ime = await page.context.new_cdp_session(page)
    for typed in ("n", "ni", "nih", "niha"):
        await ime.send(
            "Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)}
        )
    await ime.send("Input.insertText", {"text": "你好"})
    await page.keyboard.press("Enter")
    await paste(page, (CLIPBOARDS / "excel.html").read_text(), "型号\t数量")
    await expect(sheet.locator("table tr")).to_have_count(3)
    await page.set_input_files("#picture", {"name": "panel.png", "mimeType": "image/png", "buffer": PNG})
    await expect(sheet.locator("img[data-cid]")).to_have_count(1)
    await page.set_input_files(
        "#files", {"name": "Чертёж 图纸.pdf", "mimeType": "application/pdf", "buffer": b"%PDF" * 90_000}
    )
    await expect(page.locator("[data-chosen] .file.is-done")).to_contain_text("Чертёж 图纸.pdf")
    await check_kept(page)
    await take_picture(page, "write-full")
    await page.keyboard.press("Control+Enter")
    await see_sent(page, "2400")
    await page.close()
    arrived = parts_of(office.mailhost.wait_for(office.bob, "multipart/related"))
    markup = words(arrived["text/html"])
    assert "<b>CIF</b>" in markup.replace("\u200b", "")
    assert "你好" in markup
    assert "niha" not in markup
    assert "PL-6060-36" in words(arrived["text/plain"])
    assert f"cid:{arrived['panel.png']['Content-ID'].strip('<>')}" in markup
    assert len(bytes(arrived["Чертёж 图纸.pdf"].get_payload(decode=True))) == 360_000  # type: ignore[arg-type]


CLEANED = {
    "word": [
        "<b>Offer</b> for <i>panels</i>",
        "<ul><li><div>CRI 90</div><ul><li>measured</li></ul></li><li>4000 K</li></ul>",
        "<ol><li>Advance 30 %</li></ol>",
        'href="https://lanchuan.example/offer"',
        "rgb(222, 234, 246)",
    ],
    "excel": ["<b>型号</b>", "rgb(68, 114, 196)", "text-align: right", "border: 1px solid"],
    "wps": ['<div style="text-align: center;"><b>报价单</b></div>', "<ol><li>交期 18 天</li>", "rgb(255, 0, 0)"],
    "docs": ["<h2>Условия</h2>", "<b>CIF Новороссийск</b><i>, Incoterms 2020</i>", "<s>гарантия 2 года</s>", "<td"],
    "web": ["<h1>Prices of panels</h1>", "<b>4 %</b>", 'href="https://news.example/a?utm_source=x"', "data-cid"],
}
SHOWN = {"word": "CRI 90", "excel": "合计", "wps": "交期", "docs": "18", "web": "cell"}
LEFTOVERS = [
    "mso",
    "Mso",
    "class=",
    "xl65",
    "font-family",
    "font-size",
    "script",
    "onclick",
    "onerror",
    "javascript",
    "https://track",
    "https://img",
    "position",
    "url(",
    "<!--",
    "<o:p",
    "<style",
    "preheader",
    "<form",
    "svg",
]


async def test_what_other_programs_put_on_the_clipboard_keeps_its_words_tables_and_looks_only(
    pages: Pages, office: Office
) -> None:
    desk, page, sheet = await sit(pages, office)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = {}
    for name in CLEANED:
        await sheet.click()
        await page.keyboard.press("Control+A")
        await paste(page, (CLIPBOARDS / f"{name}.html").read_text(), name)
        await expect(sheet).to_contain_text(SHOWN[name])
        found[name] = await sheet.inner_html()
    missing = [(name, want) for name, wants in CLEANED.items() for want in wants if want not in found[name]]
    left = [(name, word) for name in found for word in LEFTOVERS if word in found[name]]
    assert (missing, left) == ([], [])
    await sheet.click()
    await page.keyboard.press("Control+A")
    await page.keyboard.press("Control+Shift+V")
    await expect(sheet).to_have_text("web")
    assert "hit" not in await page.title()
    elsewhere = [url for url in asked if not url.startswith((desk.url, "blob:", "data:"))]
    assert elsewhere == []
    await page.close()


async def test_recipients_are_typed_pasted_changed_and_doubted(pages: Pages, office: Office) -> None:
    _, page, _ = await sit(pages, office)
    typing, pills = page.locator("#to"), page.locator("[data-people=to] .pill")
    await typing.fill('"Li, Wei" <li@lanchuan.example>')
    await page.keyboard.press("Enter")
    await paste(page, "", "полина@velmart.example; Олег <oleg@velmart.example>\n许知微，<xu@lanchuan.example>、nobody")
    await expect(pills).to_have_count(6)
    await expect(page.locator(".pill.is-bad")).to_have_text(["许知微", "nobody"])
    await page.keyboard.press("Backspace")
    await expect(typing).to_have_value("nobody")
    await typing.fill("nobody@velmart.example")
    await page.keyboard.press(",")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Delete")
    await expect(page.locator(".pill.is-bad")).to_have_count(0)
    ime = await page.context.new_cdp_session(page)
    await typing.focus()
    await ime.send("Input.imeSetComposition", {"text": "xu", "selectionStart": 2, "selectionEnd": 2})
    await expect(pills).to_have_count(5)
    await ime.send("Input.insertText", {"text": "许"})
    await expect(typing).to_have_value("许")
    await typing.fill("")
    await page.click("[data-shows=bcc]")
    await page.keyboard.type("boss@lanchuan.example")
    await page.keyboard.press("Tab")
    await check_kept(page)
    held = await page.input_value("[name=to]")
    assert held.startswith('"Li, Wei" <li@lanchuan.example>, полина@velmart.example, Олег <oleg@velmart.example>')
    await page.reload()
    await open_sheet(page)
    await expect(pills).to_have_count(5)
    await expect(page.locator("[data-people=bcc] .pill")).to_have_count(1)
    await page.close()


async def test_two_windows_on_one_draft_lose_nothing(pages: Pages, office: Office) -> None:
    pages.watch.expect("status of 409")
    _, page, sheet = await sit(pages, office)
    await sheet.click()
    await page.keyboard.type("Both know this.")
    await check_kept(page)
    await page.wait_for_url("**/compose/*")
    other = await page.context.new_page()
    await other.goto(page.url)
    twin = await open_sheet(other)
    async with page.expect_response(lambda answer: "/drafts/" in answer.url and answer.status == 200, timeout=LONG_MS):
        await sheet.click()
        await page.keyboard.type(" One.")
    await twin.click()
    await other.keyboard.type(" Two.")
    await expect(other.locator("#refusal .banner")).to_contain_text("Another window was quicker", timeout=LONG_MS)
    await expect(await open_sheet(other)).to_contain_text("Two.")
    await other.click("#refusal .banner a")
    await expect(await open_sheet(other)).to_contain_text("One.")
    await page.context.close()


async def test_what_was_written_outlives_a_server_that_is_gone(pages: Pages, office: Office) -> None:
    pages.watch.expect("ERR_INTERNET_DISCONNECTED|ERR_NETWORK")
    _, page, sheet = await sit(pages, office)
    await page.fill("#to", office.alice.address)
    await page.fill("#subject", "A long thought")
    await sheet.click()
    await page.context.set_offline(True)
    await page.keyboard.type("Written in a tunnel.")
    await expect(page.locator("[data-saved]")).to_contain_text("stays in this window", timeout=LONG_MS)
    await page.click("[data-sends]")
    await expect(page.locator("#refusal")).to_contain_text("your text is still here")
    await page.context.set_offline(False)
    await check_kept(page)
    await expect(sheet).to_have_text("Written in a tunnel.")
    await page.click("[data-discards]")
    await page.click("#ask [data-verb]")
    await page.wait_for_url("**/mail")
    await page.close()


async def test_sent_is_taken_back_scheduled_and_taken_back_again(pages: Pages, office: Office) -> None:
    _, page, sheet = await sit(pages, office)
    await page.fill("#to", office.alice.address)
    await page.fill("#subject", "Too early")
    await sheet.click()
    await page.keyboard.type("Wait")
    await page.click("[data-sends]")
    await page.wait_for_url("**/outbox**")
    await page.click(".toast [data-undo]")
    await page.wait_for_url("**/compose/*")
    sheet = await open_sheet(page)
    await expect(sheet).to_have_text("Wait")
    await page.click("[data-later]")
    day = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%d")
    await page.fill("#later-at", f"{day}T09:30")
    await page.fill("#later-zone", "Europe/Moscow")
    await expect(page.locator("[data-later-said]")).to_contain_text(f"{day} 14:30")
    await take_picture(page, "write-later")
    await page.locator("[data-later-form] button").click()
    await page.wait_for_url("**/outbox**")
    row = page.locator("tr", has_text="Too early").first
    await expect(row).to_contain_text("Scheduled")
    await page.close()


async def test_the_bar_formats_makes_tables_and_shows_the_source(pages: Pages, office: Office) -> None:
    _, page, sheet = await sit(pages, office)
    await sheet.click()
    await page.keyboard.type("Title")
    await page.locator(".tool", has_text="Body text").click()
    await page.click("[data-do=block][data-value=h2]")
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await page.click("[data-do=list-ordered]")
    await page.keyboard.type("first")
    await page.keyboard.press("Enter")
    await page.keyboard.type("second")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.click("[aria-label=Table]")
    await page.fill("#table-rows", "2")
    await page.locator("#pop-table form button").click()
    await page.keyboard.type("a")
    await page.keyboard.press("Tab")
    await page.keyboard.type("b")
    await page.click("[aria-label=Table]")
    await page.locator("#pop-table button", has_text="Row below").click()
    await expect(sheet.locator("tr")).to_have_count(3)
    assert await sheet.locator("h2").inner_text() == "Title"
    assert await sheet.locator("ol li").all_inner_texts() == ["first", "second"]
    await page.focus("[data-do=bold]")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("[data-do=italic]")).to_be_focused()
    await page.click("[data-mode=source]")
    await page.locator("#source").fill('<p onclick="x()">kept <b>words</b><script>hit()</script></p>')
    await page.click("[data-mode=source]")
    await expect(sheet.locator("p b")).to_have_text("words")
    assert "onclick" not in await sheet.inner_html()
    await page.click("[data-mode=plain]")
    await page.click("#ask [data-verb]")
    await expect(page.locator("#text")).to_have_value("kept words")
    await page.close()


async def test_without_a_script_the_form_sends(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1000, height=800, java_script_enabled=False)
    desk = await office.enter(page)
    await desk.open("/compose")
    await page.fill("#to", office.bob.address)
    await page.fill("#subject", "Plainly")
    await page.fill("#text", "No script ran.")
    await page.set_input_files("#files", {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"x" * 500})
    await page.click("[data-sends]")
    await page.wait_for_url("**/outbox**")
    await page.close()
    assert "plan.txt" in office.mailhost.wait_for(office.bob, "Plainly").as_string()


@pytest.mark.parametrize(("language", "width", "dark"), [("ru", 390, True), ("zh-hans", 1440, False)])
async def test_an_answer_fits_every_width_and_theme(
    pages: Pages, office: Office, language: str, width: int, dark: bool
) -> None:
    page = await pages.open(language=language, width=width, height=844, dark=dark)
    desk = await office.enter(page)
    await desk.open("/mail")
    address = await page.locator(".msg a", has_text="Запрос цены").first.get_attribute("href") or ""
    await desk.open(f"/compose?reply={address.split('/')[2].partition('?')[0]}&all=1")
    await expect((await open_sheet(page)).locator("blockquote td").first).to_be_visible()
    await check_accessible(page)
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await take_picture(page, f"write-{language}-{width}")
    await page.close()


async def test_a_signature_and_a_template_are_made_and_put_in(pages: Pages, office: Office) -> None:
    _, page, sheet = await sit(pages, office, "/signatures/new")
    await page.fill("#f-name", "Firm")
    await sheet.click()
    await page.keyboard.type("Li Wei, Lanchuan")
    await page.click("#words .btn.primary")
    await page.wait_for_url("**/signatures")
    await page.locator("select[name^=new-]").first.select_option(label="Firm")
    await page.locator("form.card .btn.primary").click()
    await expect(page.locator("select[name^=new-] >> nth=0")).to_have_js_property("selectedIndex", 1)
    await check_accessible(page)
    await page.goto(page.url.replace("/signatures", "/templates/new"))
    sheet = await open_sheet(page)
    await page.fill("#f-name", "Offer")
    await page.fill("#f-subject", "Offer for {company|you}")
    await sheet.click()
    await page.keyboard.type("Dear {first name}, see below.")
    await page.click("#words .btn.primary")
    await page.wait_for_url("**/templates/*")
    await page.fill("#for", "somebody@velmart.example")
    await page.click(".preview .btn")
    await expect(page.locator(".preview .banner")).to_contain_text("{first name}")
    await expect(page.frame_locator(".preview iframe").locator("body")).to_contain_text("see below")
    await check_accessible(page)
    await page.goto(page.url.partition("/templates")[0] + "/compose")
    sheet = await open_sheet(page)
    await expect(sheet.locator(".yz-signature")).to_have_text("Li Wei, Lanchuan")
    await page.fill("#to", "somebody@velmart.example")
    await page.locator(".tool", has_text="Template").click()
    await page.locator("#pop-template button", has_text="Offer").click()
    await expect(page.locator("#subject")).to_have_value("Offer for you")
    await expect(sheet).to_contain_text("Dear {first name}, see below.")
    await expect(page.locator("[data-check-list] .k-bad")).to_contain_text("{first name}")
    await page.click("[data-sends]")
    await expect(page.locator("#ask")).to_contain_text("{first name}")
    await page.keyboard.press("Escape")
    await check_accessible(page)
    await take_picture(page, "write-template")
    await page.close()


async def test_a_message_is_sent_on_as_it_is(pages: Pages, office: Office) -> None:
    page = await pages.open(width=1440, height=900)
    desk = await office.enter(page)
    await desk.open("/mail")
    address = await page.locator(".msg a", has_text="Запрос цены").first.get_attribute("href") or ""
    await desk.open(f"/compose?redirect={address.split('/')[2].partition('?')[0]}")
    await page.locator("form[data-ready]").wait_for(timeout=LONG_MS)
    await expect(page.locator(".line b")).to_have_text("Запрос цены: светодиодные панели 600×600, 2 400 шт.")
    await page.fill("#to", office.bob.address)
    await page.click("[data-sends]")
    await page.wait_for_url("**/outbox**")
    await page.close()
    arrived = office.mailhost.wait_for(office.bob, "Resent-From")
    assert office.alice.address in arrived["Resent-From"]
    assert office.bob.address in arrived["From"]
