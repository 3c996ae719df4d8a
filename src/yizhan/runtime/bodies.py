"""No request body is longer than we take: refused before the rest of it is read, and before anything is written."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from yizhan.runtime.limits import MAX_BODY_BYTES

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class BoundedBodies:
    """An ASGI application whose requests end at `MAX_BODY_BYTES`.

    Django writes a whole body to a temporary file before any view is asked, whoever sends it.
    """

    def __init__(self, application: Application, most: int = MAX_BODY_BYTES) -> None:
        self._application = application
        self._most = most

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told[:19]) > self._most:
            await _refuse(send)
            return
        await self._application(scope, self._bounded(receive), send)

    def _bounded(self, receive: Receive) -> Receive:
        left = self._most

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            return message if left >= 0 else {"type": "http.disconnect"}

        return bounded


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"This is larger than Yizhan takes at once."})
