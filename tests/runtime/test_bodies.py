from typing import Any

import pytest

from yizhan.runtime.bodies import BoundedBodies

MOST = 10


class Line:
    """An HTTP connection whose other side sends these pieces of a body."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self.pieces.pop(0), "more_body": bool(self.pieces)}

    async def send(self, message: Any) -> None:
        self.sent.append(dict(message))


async def read_all(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An application that takes what comes until it ends."""
    kinds = []
    while True:
        message = await receive()
        kinds.append(message["type"])
        if message["type"] != "http.request" or not message["more_body"]:
            break
    await send({"type": "took", "kinds": kinds})


async def take(line: Line, **headers: bytes) -> list[dict[str, Any]]:
    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    await BoundedBodies(read_all, MOST)({"type": "http", "headers": named}, line.receive, line.send)
    return line.sent


async def test_a_body_within_the_bound_passes() -> None:
    assert await take(Line(b"12345", b"67890"), content_length=b"10") == [
        {"type": "took", "kinds": ["http.request"] * 2}
    ]


async def test_a_body_that_says_it_is_longer_is_refused_unread() -> None:
    line = Line(b"x")
    sent = await take(line, content_length=b"11")
    assert sent[0]["status"] == 413
    assert line.pieces == [b"x"]


@pytest.mark.parametrize("headers", [{}, {"content_length": b"3"}, {"content_length": b"lies"}])
async def test_a_body_that_turns_out_longer_is_cut_off(headers: dict[str, bytes]) -> None:
    [took] = await take(Line(b"123456", b"789012", b"more"), **headers)
    assert took["kinds"] == ["http.request", "http.disconnect"]
