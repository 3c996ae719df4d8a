"""GET: bounded, by the dialer, never out of encryption, and nothing that is no HTTP is believed."""

import subprocess
import sys
from ipaddress import ip_network

import pytest

from tests.net.connecting import dialer
from tests.net.outside import OUTSIDE
from tests.support.certificates import Authority
from tests.support.faulty import FaultyServer, Line, Script, dripping, garbage, saying_goodbye, serving, silence
from tests.support.nameserver import answering
from yizhan.base.errors import BadInput
from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import SystemResolver
from yizhan.net.errors import (
    AddressForbidden,
    DeadlineMissed,
    HttpFailed,
    LineLost,
    NameNotResolved,
    TlsFailed,
    TlsKind,
)
from yizhan.net.http import HttpAnswer, get, post
from yizhan.net.policy import AddressPolicy

HEAD = ("HTTP/1.1 200 OK", "Content-Type: text/xml; charset=utf-8")
SMALL = saying_goodbye(*HEAD, "Content-Length: 5", "", "<ok/>")


def url(server: FaultyServer, path: str = "/", scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{server.port}{path}"


def hears_first(script: Script) -> Script:
    """The script, once the request is there whole."""

    async def talk(line: Line) -> None:
        while await line.hear():
            pass
        await script(line)

    return talk


def redirecting(target: str, status: str = "302 Found") -> Script:
    return hears_first(saying_goodbye(f"HTTP/1.1 {status}", f"Location: {target}", "Content-Length: 0", ""))


async def test_an_answer_has_status_type_body_and_where_it_came_from() -> None:
    with serving(hears_first(SMALL)) as server:
        answer = await get(url(server, "/mail/config.xml?emailaddress=li@пример.test"), dialer())
    assert answer == HttpAnswer(
        200, url(server, "/mail/config.xml?emailaddress=li@пример.test"), HEAD[1][14:], b"<ok/>"
    )
    assert server.heard.startswith(b"GET /mail/config.xml?emailaddress=li@%D0%BF%D1%80")
    assert f"\r\nHost: 127.0.0.1:{server.port}\r\n".encode() in server.heard


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ((*HEAD, "Transfer-Encoding: chunked", "", "3", "<ok", "2", "/>", "0", ""), b"<ok/>"),
        ((*HEAD, "Connection: close", "", "<ok/>"), b"<ok/>\r\n"),
        (("HTTP/1.1 103 Early Hints", "Link: x", "", *HEAD, "Content-Length: 2", "", "ok"), b"ok"),
        (("HTTP/1.0 200 OK", "", "old"), b"old\r\n"),
    ],
)
async def test_every_way_to_frame_a_body_is_read(lines: tuple[str, ...], body: bytes) -> None:
    with serving(hears_first(saying_goodbye(*lines))) as server:
        assert (await get(url(server), dialer())).body == body


async def test_one_byte_at_a_time_is_an_answer_too() -> None:
    with serving(hears_first(dripping(SMALL))) as server:
        assert (await get(url(server), dialer())).body == b"<ok/>"


@pytest.mark.parametrize("status", ["404 Not Found", "500 Broken", "304 Not Modified", "300 Multiple Choices"])
async def test_a_status_is_given_not_judged(status: str) -> None:
    with serving(hears_first(saying_goodbye(f"HTTP/1.1 {status}", "Content-Length: 0", ""))) as server:
        assert (await get(url(server), dialer())).status == int(status[:3])


async def test_https_is_checked_against_the_authorities(authority: Authority) -> None:
    with serving(hears_first(SMALL), authority.good) as server:
        answer = await get(url(server, scheme="https"), dialer(), ca_pem=authority.ca_pem)
        assert answer.body == b"<ok/>"
        with pytest.raises(TlsFailed) as failed:
            await get(url(server, scheme="https"), dialer())
    assert failed.value.kind is TlsKind.UNTRUSTED


async def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    with serving(hears_first(SMALL), authority.wrong_name) as server, pytest.raises(TlsFailed) as failed:
        await get(url(server, scheme="https"), dialer(), ca_pem=authority.ca_pem)
    assert failed.value.kind is TlsKind.HOSTNAME


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_followed_by_name(status: str) -> None:
    with answering({"other.example.test": {"A": ["127.0.0.1"]}}) as names, serving(hears_first(SMALL)) as last:
        target = f"http://other.example.test:{last.port}/there"
        with serving(redirecting(target, status)) as first:
            answer = await get(url(first), dialer(names.address))
    assert (answer.url, answer.body) == (target, b"<ok/>")


async def test_a_relative_redirect_stays_at_its_host() -> None:
    with serving(redirecting("/again")) as server, pytest.raises(HttpFailed, match="more than 2 redirects"):
        await get(url(server), dialer(), max_redirects=2)
    assert server.heard.count(b"GET /again ") == 2


async def test_a_redirect_out_of_encryption_is_refused(authority: Authority) -> None:
    leaving = serving(redirecting("http://127.0.0.1/"), authority.good)
    with leaving as server, pytest.raises(HttpFailed, match="out of encryption"):
        await get(url(server, scheme="https"), dialer(), ca_pem=authority.ca_pem)


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[fd00::1]/", "http://2852039166/"]
)
async def test_a_redirect_into_a_private_network_is_refused(target: str) -> None:
    with serving(redirecting(target)) as server, pytest.raises(AddressForbidden):
        await get(url(server), dialer())


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//",
        "http://",
        "http://[",
        "http://u:p@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
    ],
)
async def test_a_redirect_to_what_is_no_web_address_is_refused(target: str) -> None:
    with serving(redirecting(target)) as server, pytest.raises(HttpFailed):
        await get(url(server), dialer())


@pytest.mark.parametrize(
    "typed", ["http://127.0.0.1/a\r\nHost: evil", "http://127.0.0.1/" + "a" * 3000, "ftp://127.0.0.1/", "", "127.0.0.1"]
)
async def test_what_is_no_web_address_is_refused_before_a_packet_is_sent(typed: str) -> None:
    with pytest.raises(HttpFailed):
        await get(typed, dialer())


@pytest.mark.parametrize(
    "script",
    [
        saying_goodbye(*HEAD, "Content-Length: 100000", "", "x" * 100_000),
        saying_goodbye(*HEAD, "Transfer-Encoding: chunked", "", f"{100_000:x}", "x" * 100_000, "0", ""),
        saying_goodbye(*HEAD, "", "x" * 100_000),
        garbage(100 << 20, b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
)
async def test_a_larger_body_is_refused_when_its_bound_is_passed(script: Script) -> None:
    with serving(hears_first(script)) as server, pytest.raises(HttpFailed, match="larger than 50000"):
        await get(url(server), dialer(), max_bytes=50_000)


@pytest.mark.parametrize(
    "script",
    [
        saying_goodbye("* OK IMAP4rev1 ready"),
        saying_goodbye("SSH-2.0-OpenSSH_9.2", ""),
        garbage(100 << 20),
        saying_goodbye(*HEAD, "Content-Length: 50", "", "too short"),
        saying_goodbye(*HEAD, *[f"X-{number}: {'x' * 1000}" for number in range(200)], ""),
        saying_goodbye(),
    ],
)
async def test_what_is_no_http_is_refused(script: Script) -> None:
    with serving(hears_first(script)) as server, pytest.raises((HttpFailed, LineLost)):
        await get(url(server), dialer())


@pytest.mark.parametrize(
    "script", [silence, dripping(hears_first(SMALL), 0.2), dripping(garbage(1 << 20, b"HTTP/1.1 100 Go\r\n\r\n"), 0.01)]
)
async def test_all_of_it_has_one_deadline(script: Script) -> None:
    with serving(script) as server, pytest.raises(DeadlineMissed):
        await get(url(server), dialer(), seconds=0.5)


async def test_a_name_without_an_address_and_a_ca_that_is_none_are_named() -> None:
    with answering({}) as names, pytest.raises(NameNotResolved):
        await get("http://autoconfig.nowhere.test/", dialer(names.address))
    with serving(SMALL) as server, pytest.raises(BadInput):
        await get(url(server, scheme="https"), dialer(), ca_pem="no certificate")


@pytest.mark.root
def test_a_redirect_from_outside_into_this_machine_is_refused() -> None:
    inside = f"ip link set lo up && ip addr add {OUTSIDE}/32 dev lo && exec {sys.executable} -m tests.net.outside"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", inside], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith("1 asked; ")
    assert done.stdout.endswith("an address from outside that leads into this machine\n")


@pytest.mark.parametrize("host", ["10.0.0.9", "127.0.0.1", "[::1]", "100.100.100.200"])
async def test_what_a_stranger_wrote_leads_to_no_private_network_though_mail_may(host: str) -> None:
    open_to_mail = DirectDialer(SystemResolver(), AddressPolicy([ip_network("0.0.0.0/0"), ip_network("::/0")]))
    with pytest.raises(HttpFailed):
        await get(f"http://{host}/pixel.png", open_to_mail, to_outside=True)


async def hear_form(line: Line) -> None:
    """26 bytes behind the blank line."""
    while await line.hear():
        pass
    line.heard.append(await line.reader.readexactly(26))
    await line.say("HTTP/1.1 202 Accepted", "Content-Length: 0", "")


async def test_a_form_is_posted_once_with_nothing_beside_it() -> None:
    with serving(hear_form) as server:
        answer = await post(url(server, "/u?t=1"), dialer(), b"List-Unsubscribe=One-Click")
    assert (answer.status, answer.body) == (202, b"")
    head, _, body = server.heard.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /u?t=1 HTTP/1.1\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 26" in head
    assert body == b"List-Unsubscribe=One-Click"
    assert b"cookie" not in head.lower()


async def test_a_form_is_not_posted_again_where_a_redirect_leads() -> None:
    with serving(redirecting("http://127.0.0.1:1/")) as server:
        answer = await post(url(server), dialer(), b"x=1")
    assert answer.status == 302


async def test_a_strangers_form_does_not_lead_into_this_machine() -> None:
    with serving(hears_first(SMALL)) as server, pytest.raises(HttpFailed):
        await post(url(server), dialer(), b"x=1", to_outside=True)
    assert server.heard == b""
