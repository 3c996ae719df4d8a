"""Remote pictures: nobody is asked before a person lets it, and then only for bitmaps, in bounds, by us."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.browser.mailing import PNG
from tests.net.connecting import dialer
from tests.services.letters import make_letter, receive, receive_many
from tests.store.making import bind
from yizhan.base.errors import NotFound
from yizhan.base.ids import MessageId, WorkspaceId
from yizhan.net.detour import DetourDialer, DetourStream
from yizhan.net.streams import Stream
from yizhan.services.messages import images, reading
from yizhan.services.messages.limits import MAX_PICTURE_BYTES, MAX_PICTURES
from yizhan.store import blobs, requests
from yizhan.store.models import Message, Request
from yizhan.store.scope import Scope

MARKUP = (
    "<body><img src='http://img.example/a.png'><img src='http://img.example/a.png'>"
    "<img src='//img.example/b.png' width=20 height=20><img src='http://img.example/pixel' width=1 height=1>"
    "<table background='http://img.example/c.png'><tr><td style='background:url(http://img.example/d.png)'>x</table>"
)


def receive_newsletter(scope: Scope) -> Message:
    letter = make_letter()
    letter.add_alternative(MARKUP, subtype="html")
    return receive(scope, letter.as_bytes())


def opened(scope: Scope, row: Message) -> images.Pictures:
    """What a person sees of the pictures who opens the message."""
    told = reading.open_message(scope, MessageId(row.pk))
    return images.open_pictures(scope, MessageId(row.pk), told["vouched_by"])


def vouched(by: str = "mx.example.com", said: str = "pass", sender: str = "Борис <boris@example.org>") -> bytes:
    letter = make_letter(From=sender, Authentication_Results=f"{by}; dmarc={said} header.from=example.org")
    letter.add_alternative(MARKUP, subtype="html")
    return letter.as_bytes()


def settle(request_id: int, pictures: dict[str, str]) -> None:
    assert requests.settle(request_id, True, {"pictures": pictures})


class Far:
    """What a dialer reaches, as if it stood outside: a server of a test can only stand on this machine."""

    route = "direct"

    def __init__(self, inner: DetourDialer) -> None:
        self._inner = inner

    async def resolve(self, host: str) -> list[str]:
        await self._inner.resolve(host)
        return ["93.184.216.34"]

    async def dial(self, host: str, port: int) -> Stream:
        return FarStream(await self._inner.dial(host, port), "")


class FarStream(DetourStream):
    @property
    def peer(self) -> str:
        return "93.184.216.34"


@asynccontextmanager
async def sender_server(answers: dict[str, bytes]) -> AsyncIterator[tuple[DetourDialer, list[str]]]:
    """A server that stands for `img.example`, and all that it was sent."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        writer.write(answers.get(head.split()[1], b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield DetourDialer({"img.example:80": port}, "", dialer()), asked


def ok(body: bytes, content_type: str = "text/html") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_only_pictures_that_would_be_shown_are_fetched(scope: Scope) -> None:
    row = receive_newsletter(scope)
    assert images.remote_addresses(scope, MessageId(row.pk)) == [
        "http://img.example/a.png",
        "https://img.example/b.png",
    ]


def test_a_message_with_a_thousand_pictures_has_a_hundred_fetched(scope: Scope) -> None:
    letter = make_letter()
    letter.add_alternative("".join(f"<img src=http://img.example/{n}>" for n in range(1000)), subtype="html")
    row = receive(scope, letter.as_bytes())
    assert len(images.remote_addresses(scope, MessageId(row.pk))) == MAX_PICTURES


def test_nothing_is_asked_for_until_a_person_lets_it(scope: Scope) -> None:
    row = receive_newsletter(scope)
    assert opened(scope, row).state == "blocked"
    assert not Request.objects.filter(kind=images.IMAGES).exists()


def test_what_was_fetched_is_shown_for_that_message_alone(scope: Scope) -> None:
    row, other = receive_newsletter(scope), receive(scope, make_letter().as_bytes(), "second@example.com")
    request_id = images.allow(scope, MessageId(row.pk), always=False)
    assert images.find_pictures(scope, MessageId(row.pk)).state == "coming"
    blob = blobs.put(PNG).pk
    settle(request_id, {"http://img.example/a.png": blob})
    assert images.find_pictures(scope, MessageId(row.pk)).blobs == {"http://img.example/a.png": blob}
    assert images.read_picture(scope, MessageId(row.pk), blob).content_type == "image/png"
    with pytest.raises(NotFound):
        images.read_picture(scope, MessageId(other.pk), blob)
    with pytest.raises(NotFound):
        images.read_picture(scope, MessageId(row.pk), str(row.blob_id))
    with pytest.raises(NotFound):
        images.read_picture(Scope(WorkspaceId(scope.workspace_id + 1)), MessageId(row.pk), blob)
    assert opened(scope, other).state == "blocked"


def test_pictures_that_were_collected_are_blocked_again(scope: Scope) -> None:
    row = receive_newsletter(scope)
    settle(images.allow(scope, MessageId(row.pk), always=False), {"http://img.example/a.png": blobs.put(PNG).pk})
    assert blobs.collect_unheld(grace=0) == 1
    assert images.find_pictures(scope, MessageId(row.pk)).state == "blocked"


def test_a_sender_who_may_is_asked_without_a_word_until_that_is_withdrawn(scope: Scope) -> None:
    row = receive(scope, vouched())
    assert opened(scope, row).offers_always
    settle(images.allow(scope, MessageId(row.pk), always=True), {})
    [sender] = images.list_senders(scope)
    assert sender["address"] == "boris@example.org"
    Request.objects.all().delete()
    assert opened(scope, row).state == "coming"
    images.withdraw(scope, sender["id"])
    Request.objects.all().delete()
    assert opened(scope, row).state == "blocked"
    with pytest.raises(NotFound):
        images.withdraw(scope, sender["id"])


@pytest.mark.parametrize(
    "forged",
    [
        vouched(said="fail"),
        vouched(by="mx.evil.test"),
        vouched(sender="boris@example.org, eve@evil.test"),
        vouched().replace(b"Authentication-Results:", b"X-Forged:"),
    ],
    ids=["refused", "by-another", "two-senders", "no-verdict"],
)
def test_who_only_takes_the_name_of_a_sender_is_not_let(scope: Scope, forged: bytes) -> None:
    genuine, other = receive_many(bind(scope), [vouched(), forged])
    images.allow(scope, MessageId(genuine.pk), always=True)
    found = opened(scope, other)
    assert (found.state, found.is_doubtful) == ("blocked", True)


def test_a_sender_for_whom_no_server_vouches_is_not_let_for_good(scope: Scope) -> None:
    row = receive_newsletter(scope)
    assert not opened(scope, row).offers_always
    images.allow(scope, MessageId(row.pk), always=True)
    assert images.list_senders(scope) == []
    assert images.find_pictures(scope, MessageId(row.pk)).state == "coming"


async def test_a_server_learns_nothing_but_what_it_is_asked_for() -> None:
    async with sender_server({"/a.png": ok(PNG)}) as (out, asked):
        fetched = await images.fetch_each(["http://img.example/a.png"], Far(out))
    assert fetched == {"http://img.example/a.png": PNG}
    [head] = asked
    assert not re.search(r"(?im)^(?:cookie|referer|accept-language|authorization|if-)", head)


async def test_what_is_no_bitmap_too_large_or_not_there_is_dropped() -> None:
    answers = {
        "/svg": ok(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        "/page": ok(b"<html>", "image/png"),
        "/large": ok(PNG + bytes(MAX_PICTURE_BYTES)),
        "/loop": b"HTTP/1.1 302 Found\r\nLocation: http://img.example/loop\r\nContent-Length: 0\r\n\r\n",
        "/bad": b"nonsense\r\n\r\n",
        "/good": ok(PNG, "text/html"),
    }
    addresses = [f"http://img.example{path}" for path in [*answers, "/gone"]]
    async with sender_server(answers) as (out, _):
        fetched = await images.fetch_each(addresses, Far(out))
    assert list(fetched) == ["http://img.example/good"]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/a.png",
        "http://[::1]:{port}/a.png",
        "http://localhost:{port}/",
        "http://10.0.0.1/a",
        "x:",
    ],
)
async def test_no_picture_is_fetched_from_inside(address: str) -> None:
    async with sender_server({"/a.png": ok(PNG)}) as (out, asked):
        port = next(iter(out._routes.values()))
        assert await images.fetch_each([address.format(port=port)], dialer()) == {}
    assert asked == []


def test_the_bound_of_one_picture_is_less_than_that_of_all() -> None:
    assert MAX_PICTURE_BYTES < images.MAX_PICTURES_BYTES
