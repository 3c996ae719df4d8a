"""Trouble with an account is said on whatever page is open, once, and its end too."""

from tests.browser.people import Owner, local, set_up
from tests.scenarios.test_truth import ADDRESS, SECRET, reset, servers
from tests.support.browser import Pages
from tests.support.faulty import imap
from tests.support.home import Home
from tests.support.places import given_file


async def test_an_incident_is_a_toast_when_it_begins_and_when_it_ends(
    pages: Pages, home: Home, planted_secret: str
) -> None:
    pages.watch.expect("/events")
    with servers() as (mail, imap_server, smtp_server):
        places = ["--imap", imap_server.endpoint("plain"), "--smtp", smtp_server.endpoint("plain"), "--login", ADDRESS]
        added = home.cli("accounts", "add", ADDRESS, "--secret-file", str(given_file(SECRET)), *places)
        assert added.code == 0, added.err
        with home.serve() as serving:
            page = await pages.open(language="ru", width=1280, height=800)
            await set_up(page, serving, Owner(password=f"{planted_secret} river stone"), "ru")
            await page.goto(f"{local(serving.url)}/settings")
            mail.script = reset
            assert home.cli("accounts", "check", ADDRESS).code == 3
            await page.wait_for_selector(f".toast:has-text('{ADDRESS} требует внимания: Сервер недоступен')")
            mail.script = imap()
            assert home.cli("accounts", "check", ADDRESS).code == 0
            await page.wait_for_selector(f".toast:has-text('{ADDRESS} снова работает')")
            assert await page.locator("[data-notify]").is_visible()
