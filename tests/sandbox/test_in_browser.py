"""The security pages in a real browser: walked by clicking, accessible, in three languages."""

from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import Pages, check_accessible
from tests.support.sandbox import SandboxPerson
from yizhan.sandbox.running import Sandbox

NewPerson = Callable[[str], SandboxPerson]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# Language, the word on the buttons and links of the way to a Mail.ru app password.
WAYS = [
    ("zh-hans", "登录", "应用专用密码", "开启两步验证", "确认", "创建"),
    ("en", "Sign in", "App passwords", "Turn on two-step verification", "Confirm", "Create"),
    ("ru", "Войти", "Пароли для внешних приложений", "Включить двухфакторную аутентификацию", "Подтвердить", "Создать"),
]


async def read_login_password(page: Page, sandbox: Sandbox, address: str) -> str:
    """From the index, as a person finds it."""
    await page.goto(sandbox.url)
    await check_accessible(page)
    return await page.get_by_role("row", name=address).locator("code").inner_text()


async def solve(question: str) -> str:
    figures = [
        int(word) for word in question.replace("=", " ").replace("：", " ").replace(":", " ").split() if word.isdigit()
    ]
    return str(sum(figures))


@pytest.mark.parametrize(("language", "sign_in", "app_passwords", "turn_on", "confirm", "create"), WAYS)
async def test_a_person_walks_to_an_app_password_by_clicking(
    pages: Pages,
    sandbox: Sandbox,
    language: str,
    sign_in: str,
    app_passwords: str,
    turn_on: str,
    confirm: str,
    create: str,
) -> None:
    address = f"walker-{language}@mail.ru"
    sandbox.add_person(address)
    page = await pages.open(language=language)
    password = await read_login_password(page, sandbox, address)
    await page.goto(sandbox.security_urls["mailru"])
    await page.locator("#address").fill(address)
    await page.locator("#password").fill(password)
    await page.get_by_role("button", name=sign_in).click()
    await expect(page.get_by_role("link", name=app_passwords)).to_be_visible()  # the page after, not the one before
    await check_accessible(page)
    await page.get_by_role("link", name=app_passwords).click()
    await page.get_by_role("button", name=turn_on).click()
    phone = await pages.open(language=language)
    await phone.goto(f"{sandbox.url}/phone")
    await check_accessible(phone)
    code = await phone.get_by_role("row", name=address).locator("code").inner_text()
    await page.locator("#code").fill(code)
    await page.get_by_role("button", name=confirm).click()
    await page.get_by_role("link", name=app_passwords).click()
    await page.locator("#name").fill("Yizhan")
    await page.locator("#sum").fill(await solve(await page.locator("label[for=sum]").inner_text()))
    await page.get_by_role("button", name=create).click()
    await expect(page.locator("#secret")).to_be_visible()
    await check_accessible(page)
    assert len(await page.locator("#secret").inner_text()) == 20


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, True)])
async def test_pages_fit_a_phone_and_the_dark(pages: Pages, sandbox: Sandbox, width: int, dark: bool) -> None:
    page = await pages.open(language="ru", width=width, dark=dark)
    await page.goto(sandbox.url)
    await check_accessible(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
