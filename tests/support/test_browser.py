"""The watched browser sees what a page does wrong."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.support.browser import NotAccessible, PageComplained, Pages, check_accessible, check_answers, take_picture
from tests.support.planted import SecretLeaked

GOOD = "<!doctype html><html lang=en><title>Yizhan</title><main><h1>驿站</h1><p>Good day.</p></main>"
POLICY = "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><script>1</script>"


async def test_a_page_in_form_passes_and_its_picture_is_taken(page: Page) -> None:
    await page.set_content(GOOD)
    await check_accessible(page)
    picture = await take_picture(page, "good")
    assert picture.read_bytes().startswith(b"\x89PNG")


async def test_a_page_has_the_language_and_the_size_that_were_asked_for(pages: Pages) -> None:
    page = await pages.open(language="ru", width=390, dark=True)
    facts = "[navigator.language, innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]"
    assert await page.evaluate(facts) == ["ru-RU", 390, True]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("<script>nothing.here</script>", "nothing is not defined"),
        ("<script>console.error('oh')</script>", "oh"),
        (POLICY, "Content Security Policy"),
        ("<img src=http://127.0.0.1:9/a.png>", "Failed to load resource"),
        ("<img src=http://tracker.example.com/a.png>", "ERR_NAME_NOT_RESOLVED"),
    ],
)
async def test_what_a_page_complains_about_is_heard(browser: Browser, content: str, complaint: str) -> None:
    pages = Pages(browser)
    page = await pages.open()
    await page.set_content(GOOD + content)
    with pytest.raises(PageComplained, match=complaint):
        await pages.close()


async def test_an_expected_complaint_is_none(pages: Pages) -> None:
    pages.watch.expect("oh")
    page = await pages.open()
    await page.set_content(GOOD + "<script>console.error('oh')</script>")
    assert await page.title() == "Yizhan"


async def test_a_serious_finding_of_axe_is_named(page: Page) -> None:
    await page.set_content(GOOD + "<img src='data:,'>")
    with pytest.raises(NotAccessible, match="image-alt"):
        await check_accessible(page)


def test_a_secret_in_an_answer_is_seen_and_one_in_a_request_is_not(tmp_path: Path, planted_secret: str) -> None:
    record = tmp_path / "given" / "traffic.har"
    record.parent.mkdir()
    entry = '{"log": {"entries": [{"request": {"url": "/%s"}, "response": {"content": {"text": "%s"}}}]}}'
    record.write_text(entry % (planted_secret, "fine"))
    check_answers(record)
    record.write_text(entry % ("inbox", planted_secret))
    with pytest.raises(SecretLeaked, match="the page /inbox"):
        check_answers(record)
