"""Somebody at a browser: sets Yizhan up, signs in, adds accounts."""

import re
from dataclasses import dataclass, field

from playwright.async_api import Page

from tests.support.home import Serving


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose Yizhan it is."""

    email: str = "liwei@lanchuan.example"
    password: str = field(default="", repr=False)
    name: str = "李维"


def local(address: str) -> str:
    """The same address by name: passkeys and cookies want `localhost`."""
    return address.replace("127.0.0.1", "localhost")


def setup_link(serving: Serving) -> str:
    """The one-time link that was printed on the terminal."""
    return re.findall(r"http://localhost:\d+/setup/\S+", serving.output)[-1]


async def set_up(page: Page, serving: Serving, owner: Owner, language: str = "en") -> None:
    """From the link to the page where an account is added; the second factor is left for later."""
    await page.goto(setup_link(serving))
    await page.fill("[name=name]", owner.name)
    await page.fill("[name=email]", owner.email)
    await page.fill("[name=password]", owner.password)
    await page.check(f"[name=language][value={language}]", force=True)
    await page.click("main button.primary")
    await page.wait_for_url("**/two-step/totp/activate/")
    await page.goto(page.url.replace("/two-step/totp/activate/", "/accounts/add"))
