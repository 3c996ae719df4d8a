"""From the one-time link to a signed-in owner, with a second factor."""

import time

import pyotp
import pytest
from playwright.async_api import Page

from tests.browser.people import Owner, local, set_up, setup_link
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home


@pytest.fixture
def owner(planted_secret: str) -> Owner:
    return Owner(password=f"{planted_secret} river stone")


async def test_the_owner_is_made_by_the_link_and_signs_in_with_a_second_factor(
    pages: Pages, home: Home, owner: Owner
) -> None:
    pages.watch.expect("/events")  # pages outlive the server here
    with home.serve() as serving:
        page = await pages.open(language="zh-hans", width=1440, height=900)
        await page.goto(setup_link(serving))
        await take_picture(page, "setup-zh")
        await check_accessible(page)
        await fill_owner(page, owner)
        await page.wait_for_url("**/two-step/totp/activate/")
        await take_picture(page, "two-step-zh")
        await check_accessible(page)
        await page.click("summary")
        authenticator = pyotp.TOTP((await page.inner_text("#totp-secret")).strip())
        await page.fill("[name=code]", authenticator.now())
        await page.click("main button.primary")
        await page.wait_for_url("**/two-step/recovery-codes/")
        assert len((await page.inner_text("#codes")).split()) == 10
        await check_accessible(page)
        again = await pages.open(language="ru", width=1440, height=900)
        await sign_in(again, serving.url.replace("127.0.0.1", "localhost"), owner)
        await again.wait_for_url("**/two-step/authenticate/")
        await take_picture(again, "signin-code-ru")
        await check_accessible(again)
        await again.fill("[name=code]", authenticator.at(time.time() + 30))
        await again.click("main button.primary")
        await again.wait_for_url("**/two-step/trust/")
        await again.click("[value=skip]")
        await again.wait_for_url("**/accounts")
        assert await again.inner_text("h1") != ""


async def fill_owner(page: Page, owner: Owner) -> None:
    await page.fill("[name=name]", owner.name)
    await page.fill("[name=email]", owner.email)
    await page.fill("[name=password]", owner.password)
    await page.click("main button.primary")


async def sign_in(page: Page, address: str, owner: Owner) -> None:
    await page.goto(f"{address}/signin")
    await page.fill("[name=login]", owner.email)
    await page.fill("[name=password]", owner.password)
    await page.click("main button.primary")


async def test_a_passkey_is_made_and_signs_in_by_itself(pages: Pages, home: Home, owner: Owner) -> None:
    pages.watch.expect("/events")
    with home.serve() as serving:
        page = await pages.open(language="en", width=1440, height=900)
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable")
        await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        await page.goto(setup_link(serving))
        await fill_owner(page, owner)
        await page.wait_for_url("**/two-step/totp/activate/")
        await page.click("a:has-text('Use a passkey instead')")
        await check_accessible(page)
        await page.click("form[data-passkey] button.primary")
        await page.wait_for_url("**/two-step/recovery-codes/")
        await page.context.clear_cookies()
        await page.goto(f"{serving.url.replace('127.0.0.1', 'localhost')}/signin")
        await page.click("form[data-passkey] button")
        await page.wait_for_url("**/accounts")
        assert await page.inner_text("h1") == "Accounts"


AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def test_guessing_ends_after_five_tries_and_the_command_line_gives_a_new_password(
    pages: Pages, home: Home, owner: Owner
) -> None:
    pages.watch.expect("/events")
    with home.serve() as serving:
        page = await pages.open(language="en", width=1440, height=900)
        await set_up(page, serving, owner, "en")
        short = home.cli("people", "password", "--json", input="short\n")
        new = Owner(password=f"{owner.password} bridge")
        done = home.cli("people", "password", "--json", input=f"{new.password}\n")
        assert (short.json["error"]["code"], done.json) == ("password_weak", {"email": owner.email})
        await page.reload()
        await page.wait_for_url("**/signin**")  # the old password's web sessions are over
        await sign_in(page, local(serving.url), new)
        await page.wait_for_url("**/accounts")
        stranger = await pages.open(language="en", width=390, height=844)
        for number in range(6):
            await sign_in(stranger, local(serving.url), Owner(password=f"guess number {number}"))
            await stranger.wait_for_selector("[role=alert], .err")
        await take_picture(stranger, "signin-refused-en")
        assert "Too many failed" in await stranger.inner_text("main")
