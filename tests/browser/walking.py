"""The way of the guides at the sandbox: from an address to a secret that is shown once, copied and pasted."""

import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.support.home import Serving

LONG_MS = 45_000  # a check on a busy machine


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on our pages in one language."""

    recognised: str
    noun: str
    not_login: str
    refused: str
    stopped: str
    normal: str
    given_name: str


WORDS = {
    "zh-hans": Words(
        "已认出，服务器参数已填好", "应用专用密码", "登录密码", "需要应用专用密码", "停在第 5 步", "正常", "驿站"
    ),
    "en": Words(
        "recognised, server settings filled in", "app password", "login password", "app password", "step 5 of 8",
        "Normal", "Yizhan",
    ),
    "ru": Words(
        "сервис определён, параметры заполнены", "пароль для внешнего приложения", "пароль от", "ароль",
        "на шаге 5 из 8", "Работает", "Yizhan",
    ),
}  # fmt: skip


def sandbox_of(serving: Serving) -> str:
    """Where the pretend providers are, as the terminal says."""
    return re.findall(r"accounts to try are at (http://\S+)", serving.output)[-1]


async def learn_login_password(page: Page, sandbox: str, address: str) -> str:
    """From the sandbox's index, where a new address is made if nobody has it yet; leaves the page there."""
    await page.goto(sandbox)
    row = page.get_by_role("row", name=address)
    for _ in range(1 - await row.count()):
        await page.fill("#address", address)
        await page.locator("section button").click()
    await expect(row).to_be_visible()
    return await row.locator("code").inner_text()


async def sign_in_there(page: Page, address: str, password: str) -> None:
    """At the provider's page of security."""
    await page.fill("#address", address)
    await page.fill("#password", password)
    await page.locator("form.stack button").click()
    await expect(page.locator("ul.sections")).to_be_visible()


async def give_code_from_phone(page: Page, address: str) -> None:
    """The newest code, read on the sandbox's phone in another window, into the field that asks for it."""
    async with page.expect_popup() as opening:
        await page.locator("a[href='/phone'][target]").click()
    phone = await opening.value
    code = await phone.get_by_role("row", name=address).first.locator("code").inner_text()
    assert re.fullmatch(r"\d{6}", code)
    await phone.close()
    await page.fill("#code", code)
    await page.locator("form:has(#code) button").click()


async def turn_on_two_step(page: Page, address: str, persona: str) -> None:
    """Forced before the first app password."""
    await page.locator(f"a[href='/{persona}/app-passwords']").click()
    await expect(page.locator("#name")).to_have_count(0)
    await page.locator(f"form[action='/{persona}/two-step/code'] button").click()
    await give_code_from_phone(page, address)
    await page.locator(f"main a[href='/{persona}/app-passwords']").click()
    await expect(page.locator("#name")).to_be_visible()


async def solve_human_check(page: Page) -> None:
    question = await page.locator("label[for=sum]").inner_text()
    await page.fill("#sum", str(sum(int(figure) for figure in re.findall(r"\d+", question))))


async def copy_shown_secret(page: Page) -> str:
    """By mouse and keyboard, as a person copies; it is shown this once."""
    shown = page.locator("#secret")
    secret = await shown.inner_text()
    await shown.click(click_count=3)
    await page.keyboard.press("Control+C")
    await page.goto(page.url)
    await expect(shown).to_have_count(0)
    return secret


async def paste_secret(page: Page) -> None:
    """Into the field of the secret, from the clipboard."""
    await page.bring_to_front()
    await page.focus("[name=secret]")
    await page.keyboard.press("Control+A")
    await page.keyboard.press("Control+V")


async def open_security_page(page: Page, place: Locator) -> Page:
    """The link that stands there leads to the provider in a window of its own."""
    async with page.context.expect_page() as opening:
        await place.locator("a[target=_blank]").click()
    opened = await opening.value
    await expect(opened.locator("#password")).to_be_visible()
    return opened


async def see_normal(page: Page, words: Words) -> None:
    """The check runs to its end: eight stages, all passed."""
    await expect(page.locator(".verdict b")).to_have_text(words.normal, timeout=LONG_MS)
    await expect(page.locator(".stages .done")).to_have_count(8)


async def make_app_password(page: Page, address: str, password: str, persona: str, name: str) -> str:
    """All the steps at a provider that wants two-step verification first; the secret is on the clipboard."""
    await sign_in_there(page, address, password)
    await turn_on_two_step(page, address, persona)
    await page.fill("#name", name)
    for _ in range(await page.locator("#sum").count()):
        await solve_human_check(page)
    await page.locator(f"form.stack[action='/{persona}/app-passwords'] button").click()
    return await copy_shown_secret(page)
