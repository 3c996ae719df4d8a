"""A small GET or POST by the dialer that the account uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import h11

from yizhan.net.deadlines import deadline
from yizhan.net.dialers import Dialer
from yizhan.net.errors import HttpFailed
from yizhan.net.limits import MAX_HEADER_BYTES, MAX_URL
from yizhan.net.names import ascii_host
from yizhan.net.policy import is_loopback, is_public
from yizhan.net.streams import Stream
from yizhan.net.tls import client_context

_PORTS = {"http": 80, "https": 443}
_FORM = "application/x-www-form-urlencoded"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Any status but a redirect; `url` is where the answer came from, `content_type` as sent, `body` whole."""

    status: int
    url: str
    content_type: str
    body: bytes


async def get(
    url: str,
    dialer: Dialer,
    *,
    seconds: float = 8.0,
    max_bytes: int = 1_000_000,
    max_redirects: int = 3,
    ca_pem: str | None = None,
    to_outside: bool = False,
) -> HttpAnswer:
    """The answer to GET, redirects followed; `seconds` for all of it.

    Raises `HttpFailed` for what is no HTTP, a larger body, too many redirects, or one that leaves https; and any other
    `NetError`.  Each hop goes by the dialer, which refuses private addresses; one from outside to loopback is refused.
    `to_outside`, for an address that a stranger wrote: nor may any hop lead to a private network that is open to mail.
    """
    was_loopback = True
    async with deadline(seconds, f"GET {url}"):
        for _ in range(max_redirects + 1):
            parts = _split(url)
            if to_outside:
                _refuse_inside(url, await dialer.resolve(parts.hostname or ""))
            stream = await dialer.dial(parts.hostname or "", parts.port or _PORTS[parts.scheme])
            try:
                if to_outside:  # the name may have another answer by now
                    _refuse_inside(url, [stream.peer])
                if is_loopback(stream.peer) and not was_loopback:
                    raise HttpFailed(f"{url}: an address from outside that leads into this machine")
                was_loopback = is_loopback(stream.peer)
                answer, target = await _exchange(stream, parts, url, max_bytes, ca_pem)
            finally:
                await stream.close()
            if target is None:
                return answer
            url = _next(url, target)
    raise HttpFailed(f"more than {max_redirects} redirects, the last to {url}")


async def post(
    url: str, dialer: Dialer, form: bytes, *, seconds: float = 8.0, max_bytes: int = 100_000, to_outside: bool = False
) -> HttpAnswer:
    """The answer to a form that is sent once; a redirect is an answer, and not followed (RFC 8058 §3.1).

    Raises as `get`.  Nothing but the form goes along: no cookie, no credentials.
    """
    async with deadline(seconds, f"POST {url}"):
        parts = _split(url)
        if to_outside:
            _refuse_inside(url, await dialer.resolve(parts.hostname or ""))
        stream = await dialer.dial(parts.hostname or "", parts.port or _PORTS[parts.scheme])
        try:
            if to_outside:
                _refuse_inside(url, [stream.peer])
            answer, _ = await _exchange(stream, parts, url, max_bytes, None, form)
        finally:
            await stream.close()
    return answer


def _refuse_inside(url: str, addresses: Sequence[str]) -> None:
    if not all(is_public(each) for each in addresses):
        raise HttpFailed(f"{url}: an address from outside that leads into a private network or this machine")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or len(url) > MAX_URL or not url.isprintable():
        raise HttpFailed(f"{url[:MAX_URL]!r} is no address of http or https that can be asked")
    return parts


def _next(url: str, target: str) -> str:
    try:
        found = urljoin(url, target)
    except ValueError:
        raise HttpFailed(f"{url} leads to {target[:MAX_URL]!r}, which is no address") from None
    if url.startswith("https:") and not found.startswith("https:"):
        raise HttpFailed(f"{url} leads out of encryption, to {found[:MAX_URL]}")
    return found


async def _exchange(
    stream: Stream, parts: SplitResult, url: str, max_bytes: int, ca_pem: str | None, form: bytes | None = None
) -> tuple[HttpAnswer, str | None]:
    """One request, a POST if there is a form; the second value is where a redirect leads."""
    if parts.scheme == "https":
        await stream.start_tls(client_context(ca_pem), parts.hostname or "")
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
    try:
        about = [] if form is None else [("Content-Type", _FORM), ("Content-Length", str(len(form)))]
        method = "GET" if form is None else "POST"
        request = h11.Request(method=method, target=_target(parts), headers=[*_headers(parts), *about])
        events = [request, *([h11.Data(form)] if form else []), h11.EndOfMessage()]
        await stream.write(b"".join(connection.send(event) or b"" for event in events))
        return await _read_answer(stream, connection, url, max_bytes)
    except h11.ProtocolError as error:
        raise HttpFailed(f"{url}: what came is no HTTP ({error})") from None


async def _read_answer(
    stream: Stream, connection: h11.Connection, url: str, max_bytes: int
) -> tuple[HttpAnswer, str | None]:
    status, headers, body = 0, dict[str, str](), bytearray()
    while True:
        event = connection.next_event()
        match event:
            case h11.NEED_DATA:
                connection.receive_data(await stream.read())
            case h11.Response():
                status = event.status_code
                headers = {name.decode("ascii"): value.decode("latin-1") for name, value in event.headers}
                if status in _REDIRECTS and "location" in headers:
                    return _answer(status, url, headers, b""), headers["location"]
            case h11.Data():
                body += event.data
                if len(body) > max_bytes:
                    raise HttpFailed(f"{url}: the answer is larger than {max_bytes} bytes")
            case h11.EndOfMessage():
                return _answer(status, url, headers, bytes(body)), None
            case h11.InformationalResponse():
                continue
            case _:
                raise HttpFailed(f"{url}: the server closed the connection before it answered")


def _answer(status: int, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
    return HttpAnswer(status, url, headers.get("content-type", ""), body)


def _target(parts: SplitResult) -> str:
    written = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(written, safe="!#$%&'()*+,/:;=?@[]~")


def _headers(parts: SplitResult) -> list[tuple[str, str]]:
    return [
        ("Host", _authority(parts)),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),  # so that a small answer cannot unpack into a large one
        ("User-Agent", "Yizhan"),
        ("Connection", "close"),
    ]


def _authority(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        ip_address(host)
        host = f"[{host}]" if ":" in host else host
    except ValueError:
        host = ascii_host(host)
    return f"{host}:{parts.port}" if parts.port else host
