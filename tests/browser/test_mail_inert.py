"""Hostile markup, shown by a real browser with scripts on and no policy: what the cleaner lets through is inert."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import Page

from tests.mime.hostile import HOSTILE, ORIGIN
from tests.support.browser import Pages
from yizhan.mime.html import clean_html

pytestmark = pytest.mark.browser
FRAMES = """<!doctype html><html lang=en><title>frames</title><link rel=icon href=data:,><body><script>
for (const [name, markup] of Object.entries(%s)) {
  const frame = document.createElement("iframe");
  frame.srcdoc = markup;
  frame.title = name;
  document.body.append(frame);
}
</script>"""


@dataclass(slots=True)
class Counter:
    """A server that notes everything it is asked for; `/frames` is the page of the test itself."""

    page: str = ""
    asked: list[str] = field(default_factory=list)
    origin: str = ""


@pytest.fixture
def counter() -> Iterator[Counter]:
    counting = Counter()

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_page = self.path == "/frames"
            counting.asked += [] if is_page else [self.path]
            self.send_response(200 if is_page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(counting.page.encode() if is_page else b"")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *args: object) -> None:
            """What is asked is noted, not printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    counting.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield counting
    server.shutdown()
    server.server_close()
    thread.join()


async def show(page: Page, counter: Counter, markups: dict[str, str]) -> None:
    """Every one in a frame of its own, for as long as one that acts at once needs."""
    counter.page = FRAMES % json.dumps(markups).replace("</", "<\\/")
    await page.goto(f"{counter.origin}/frames")
    await page.wait_for_timeout(2_000)


def aimed(markup: str, counter: Counter) -> str:
    return markup.replace(ORIGIN, counter.origin).replace(ORIGIN[5:], counter.origin[5:])


async def test_the_counter_sees_what_hostile_markup_does_as_it_came(pages: Pages, counter: Counter) -> None:
    pages.watch.expect("")
    page = await pages.open()
    without_leaving = {name: aimed(each, counter) for name, each in HOSTILE.items() if "_top" not in each}
    await show(page, counter, without_leaving)
    assert await page.evaluate("window.hit") >= 1
    assert len(set(counter.asked)) > 10


async def test_cleaned_markup_runs_nothing_asks_nobody_and_stays_where_it_is(pages: Pages, counter: Counter) -> None:
    page = await pages.open()
    cleaned = {
        name: clean_html(aimed(each, counter), lambda _: "data:,", lambda image: f"blocked {image.host}").html
        for name, each in HOSTILE.items()
    }
    await show(page, counter, cleaned)
    assert await page.evaluate("window.hit") is None
    assert await page.evaluate("frames.length") == len(HOSTILE)
    assert page.url == f"{counter.origin}/frames"
    assert counter.asked == []
    assert len(HOSTILE) >= 200
