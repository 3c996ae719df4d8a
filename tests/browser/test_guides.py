"""The guides in a real browser: readable by anybody, in three languages, in both themes, at every width."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page

from tests.support.browser import Pages, check_accessible, take_picture
from tests.web.serving import serving

STEPS = {
    "zh-hans": [
        "打开安全设置",
        "找到应用专用密码",
        "照提示开启两步验证",
        "通过人机验证",
        "起名字，点创建",
        "立即复制",
        "回到驿站，粘贴并验证",
    ],
    "en": [
        "Open the security settings",
        "Find the page for the app password",
        "Turn on two-step verification if asked",
        "Pass the human check",
        "Give it a name and create it",
        "Copy it at once",
        "Come back, paste and verify",
    ],
    "ru": [
        "Открыть настройки безопасности",
        "Найти раздел «пароль для внешнего приложения»",
        "Включить двухэтапную проверку, если попросят",
        "Пройти проверку на человека",
        "Назвать и создать",
        "Сразу скопировать",
        "Вернуться, вставить и проверить",
    ],
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving() as address:
        yield address


async def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in await page.locator(selector).all_inner_texts()]


@pytest.mark.parametrize("language", ["zh-hans", "en", "ru"])
async def test_the_guide_of_mail_ru_leads_from_its_page_to_the_check(pages: Pages, site: str, language: str) -> None:
    page = await pages.open(language=language, width=1440, height=900)
    await page.goto(f"{site}/guides/mailru")
    assert await texts(page, ".steps h3") == STEPS[language]
    assert await texts(page, ".steps .ui") == ["Password & Security", "App passwords"]
    assert await texts(page, ".guide code") == ["imap.mail.ru", "imap.mail.ru", "smtp.mail.ru", "smtp.mail.ru"]
    await take_picture(page, f"guide-mailru-{language}")
    await check_accessible(page)


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [
        ("", 1440, True),
        ("", 390, False),
        ("/mailru", 1000, False),
        ("/mailru", 390, True),
        ("/netease", 1440, False),
        ("/netease", 390, False),
        ("/outlook", 1440, True),
        ("/icloud", 1440, False),
        ("/35", 390, True),
    ],
)
async def test_every_kind_of_guide_is_accessible_and_fits(
    pages: Pages, site: str, name: str, width: int, dark: bool
) -> None:
    page = await pages.open(language="zh-hans", width=width, height=900, dark=dark)
    await page.goto(f"{site}/guides{name}")
    await check_accessible(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("address", "width", "height", "dark", "name"),
    [
        ("guides", 1440, 900, False, "guides"),
        ("guides/mailru", 390, 844, False, "guide-mailru-390"),
        ("guides/netease", 1440, 900, True, "guide-netease-dark"),
    ],
)
async def test_how_guides_look(
    pages: Pages, site: str, address: str, width: int, height: int, dark: bool, name: str
) -> None:
    page = await pages.open(language="zh-hans", width=width, height=height, dark=dark)
    await page.goto(f"{site}/{address}")
    assert await page.locator("h1").is_visible()
    await take_picture(page, name)


@pytest.mark.parametrize(
    ("asked", "lasting"), [("116", "mailru"), ("101", "gmail"), ("MailRu", "mailru"), ("207", "zoho"), ("189", "189")]
)
async def test_the_number_of_a_guide_leads_to_its_lasting_address(
    pages: Pages, site: str, asked: str, lasting: str
) -> None:
    page = await pages.open()
    await page.goto(f"{site}/guides/{asked}")
    assert page.url == f"{site}/guides/{lasting}"


async def test_a_guide_that_is_not_there_is_a_page_that_says_so(pages: Pages, site: str) -> None:
    page = await pages.open()
    pages.watch.expect("status of 404")
    answer = await page.goto(f"{site}/guides/nowhere")
    assert answer is not None
    assert answer.status == 404


async def test_the_index_leads_to_every_guide(pages: Pages, site: str) -> None:
    page = await pages.open()
    await page.goto(f"{site}/guides")
    assert await page.locator(".tile").count() >= 45
    await page.get_by_role("link", name="Yandex Mail").click()
    assert page.url == f"{site}/guides/yandex"


async def test_a_parameter_is_copied_by_its_button(pages: Pages, site: str) -> None:
    page = await pages.open(permissions=["clipboard-read", "clipboard-write"])
    await page.goto(f"{site}/guides/mailru")
    await page.get_by_role("button", name="Copy smtp.mail.ru").first.click()
    await page.locator(".toast").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == "smtp.mail.ru"


async def test_outlook_says_plainly_that_it_takes_oauth_only(pages: Pages, site: str) -> None:
    page = await pages.open()
    await page.goto(f"{site}/guides/outlook")
    assert "OAuth only" in await page.locator(".banner").inner_text()
    assert await page.locator(".steps").count() == 0


async def test_nothing_is_loaded_from_anywhere_else(pages: Pages, site: str) -> None:
    page = await pages.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{site}/guides/gmail")
    assert [url for url in asked if not url.startswith(site)] == []
