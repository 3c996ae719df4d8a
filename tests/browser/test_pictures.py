"""Remote pictures, from the button to the eye: fetched by Yizhan through the account's route, and by nobody before."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import expect

from tests.browser.mailing import letter, sit_down
from tests.mime.pictures import make_photograph
from tests.support.browser import Pages, check_accessible, take_picture
from tests.support.home import Home
from tests.support.sandbox import SandboxPerson
from yizhan.sandbox.running import Sandbox
from yizhan.services.egress.detour import Detour, write_detour

pytestmark = pytest.mark.browser
SENDER = "news@shop.example"
MARKUP = """<p>Новая коллекция</p><img src="http://img.shop.example/banner.jpg?u=42" width="520" height="340">
<img src="http://img.shop.example/open?u=42" width="1" height="1">"""


@pytest.fixture
def shop() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A server that stands for `img.shop.example`: its port, and (path, by whom) of each request."""
    asked: list[tuple[str, str]] = []
    picture = make_photograph()

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("User-Agent", "")))
            self.send_response(200)
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *args: object) -> None:
            """What is asked is noted, not printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()
    thread.join()


def newsletter(to: str) -> bytes:
    message = letter("Магазин", SENDER, to, "Новая коллекция", "Новая коллекция", datetime.now(UTC))
    message["Authentication-Results"] = "mx.demo.test; dmarc=pass header.from=shop.example"
    message.add_alternative(MARKUP, subtype="html")
    return message.as_bytes()


async def test_a_remote_picture_is_seen_when_a_person_lets_it_and_only_we_asked_for_it(
    pages: Pages,
    home: Home,
    sandbox: Sandbox,
    new_sandbox_person: Callable[[str], SandboxPerson],
    shop: tuple[int, list[tuple[str, str]]],
) -> None:
    port, asked = shop
    routes = {**sandbox.routes, "img.shop.example:80": port}
    person = new_sandbox_person("plain")
    with person.imap() as client:
        client.append("INBOX", "", "", newsletter(person.address))
    with home.serve() as serving:
        write_detour(home.folder, Detour(sandbox.ca_pem, routes, sandbox.url, sandbox.security_urls))
        servers = ["--imap", "imap.demo.test:993/tls", "--smtp", "smtp.demo.test:465/tls"]
        added = home.cli("accounts", "add", person.address, "--secret-file", str(person.make_secret_file()), *servers)
        assert added.code == 0, added.err
        page = await pages.open(width=1440, height=1000)
        desk = await sit_down(page, serving, "ru")
        await desk.open("/mail")
        await page.locator(".msg a", has_text="Новая коллекция").first.click(timeout=60_000)
        await expect(page.frame_locator("#frame").locator(".yz-blocked")).to_be_visible(timeout=60_000)
        await check_accessible(page)
        await take_picture(page, "pictures-blocked-ru")
        assert asked == []
        await page.get_by_role("button", name="Показать").click()
        await expect(page.locator("#pictures")).to_have_attribute("data-state", "here", timeout=90_000)
        # The frame is loaded anew when the picture has come, so the page around it is asked.
        await page.wait_for_function(
            "() => document.getElementById('frame').contentDocument?.querySelector('img')?.naturalWidth === 1200",
            timeout=90_000,
        )
        await expect(page.frame_locator("#frame").locator("img")).to_be_visible()
        assert asked == [("/banner.jpg?u=42", "Yizhan")]
        await take_picture(page, "pictures-here-ru")
        await page.context.close()
