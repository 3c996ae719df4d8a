"""Requests and answers of the security pages, over ASGI; bounded, for this machine's own browser only."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from yizhan.sandbox.limits import MAX_FORM

COOKIE = "yizhan_sandbox"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Request:
    """`form` holds the fields of a POST, each once."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    cookie: str
    accept_language: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole page; `location` makes it a redirect."""

    body: str = ""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    location: str = ""
    set_cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)


Respond = Callable[[Request], Answer]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Asgi:
    """The application that uvicorn serves: refuses strangers, then asks `respond`."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self.hosts: frozenset[str] = frozenset()  # set when the port is known; a name that leads here by DNS is no host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _read(receive)
        await _send(send, self._answer(scope, headers, body))

    def _answer(self, scope: Scope, headers: dict[str, str], body: bytes | None) -> Answer:
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self.hosts:
            return Answer("unknown host", 400, "text/plain")
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return Answer("method not allowed", 405, "text/plain")
        if body is None:
            return Answer("form too large", 413, "text/plain")
        if scope["method"] == "POST" and origin not in (None, f"http://{host}"):
            return Answer("another site's form", 403, "text/plain")
        query = _fields(scope.get("query_string", b""))
        form = _fields(body) if scope["method"] == "POST" else {}
        if query is None or form is None:
            return Answer("too many fields", 400, "text/plain")
        request = Request(
            scope["method"], scope["path"], query, form, _cookie(headers), headers.get("accept-language", "")[:200]
        )
        return self._respond(request)


async def _read(receive: Receive) -> bytes | None:
    """The body, or None when it is larger than any form here."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_FORM:
            return None
        if not message.get("more_body"):
            return body


async def _send(send: Send, answer: Answer) -> None:
    headers = _HEADERS | {"Content-Type": answer.content_type} | answer.headers
    if answer.location:
        headers["Location"] = answer.location
    if answer.set_cookie:
        headers["Set-Cookie"] = f"{COOKIE}={answer.set_cookie}; Path=/; HttpOnly; SameSite=Lax"
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body.encode()})


def _fields(data: bytes) -> dict[str, str] | None:
    try:
        found = parse_qs(data.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return None
    return {name: values[-1] for name, values in found.items()}


def _cookie(headers: dict[str, str]) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
