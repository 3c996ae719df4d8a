"""What a session makes of a line that breaks, stalls, lies, or is shared with somebody who leaves."""

import asyncio
import base64
import zlib

import pytest

from tests.net.sessions import Line, talking_to
from yizhan.base.secret import Secret
from yizhan.imap.encoder import words
from yizhan.imap.errors import CommandRefused, LocalProtocolError, RemoteProtocolError
from yizhan.imap.numset import NumSet
from yizhan.imap.sasl import OAuthBearer, XOAuth2
from yizhan.imap.types import Exists
from yizhan.net.errors import DeadlineMissed, InjectedPlaintext, LineLost
from yizhan.net.tls import client_context

PREAUTH = b"* PREAUTH [CAPABILITY IMAP4rev1 IDLE LITERAL+] here\r\n"
OK = b" OK done\r\n"


async def selected(line: Line, greeting: bytes = PREAUTH) -> None:
    """The beginning that most scripts share."""
    await line.say(greeting)
    tag = await line.hear(b"SELECT INBOX")
    await line.say(b"* 3 EXISTS\r\n* OK [UIDVALIDITY 1] \r\n" + tag + b" OK [READ-WRITE] done\r\n")


async def test_a_lost_line_fails_every_pending_command() -> None:
    async def script(line: Line) -> None:
        await line.say(PREAUTH)
        await line.hear(b"STATUS INBOX")
        await line.hear(b"STATUS Sent")
        line.hang_up()

    async with talking_to(script, seconds=60) as session:
        await session.greeting()
        waits = [session.status(name, "MESSAGES") for name in ("INBOX", "Sent")]
        ends = await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 5)
        assert [type(end) for end in ends] == [LineLost, LineLost]
        with pytest.raises(LineLost):
            await session.noop()


async def test_a_bye_fails_every_pending_command_with_the_servers_words() -> None:
    async def script(line: Line) -> None:
        await line.say(PREAUTH)
        await line.hear(b"STATUS INBOX")
        await line.hear(b"NAMESPACE")
        await line.say(b"* BYE [UNAVAILABLE] going down\r\n")
        await line.hear()  # it does not hang up by itself

    async with talking_to(script, seconds=60) as session:
        await session.greeting()
        waits = [session.status("INBOX", "MESSAGES"), session.namespace()]
        ends = await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 5)
    found = [(end.command, end.status, end.response_code, end.text) for end in ends if isinstance(end, CommandRefused)]
    assert found == [
        ("STATUS", "BYE", "UNAVAILABLE", b"going down"),
        ("NAMESPACE", "BYE", "UNAVAILABLE", b"going down"),
    ]


async def test_a_bye_as_greeting_is_a_refusal() -> None:
    async def script(line: Line) -> None:
        await line.say(b"* BYE [ALERT] Too many connections\r\n")

    async with talking_to(script) as session:
        with pytest.raises(CommandRefused) as refused:
            await session.greeting()
    assert (refused.value.command, refused.value.text) == ("greeting", b"Too many connections")


async def test_a_silent_server_misses_its_deadline_and_the_line_is_closed() -> None:
    async def script(line: Line) -> None:
        await line.say(PREAUTH)
        await line.hear(b"NOOP")
        assert await line.hear() == b""  # closed, not used any more

    async with talking_to(script, seconds=0.2) as session:
        await session.greeting()
        with pytest.raises(DeadlineMissed):
            await session.noop()
        with pytest.raises(LineLost):
            await session.noop()


async def test_a_server_that_drips_one_byte_at_a_time_misses_its_deadline() -> None:
    async def script(line: Line) -> None:
        for byte in b"* OK " + b"x" * 1000:
            await line.say(bytes([byte]))
            await asyncio.sleep(0.02)

    async with talking_to(script, seconds=0.3) as session:
        with pytest.raises(DeadlineMissed):
            await session.greeting()


async def test_garbage_ends_with_a_protocol_error_long_before_it_is_all_read() -> None:
    sent: list[int] = []

    async def script(line: Line) -> None:
        for number in range(1600):
            await line.say(b"\xff" * 65536)
            sent.append(number)

    async with talking_to(script, seconds=20) as session:
        with pytest.raises(RemoteProtocolError):
            await session.greeting()
    assert len(sent) < 800


async def test_a_command_cancelled_while_it_waits_leaves_the_session_usable() -> None:
    async def script(line: Line) -> None:
        await selected(line)
        fetch, noop = await line.hear(b"UID FETCH 1"), await line.hear(b"STATUS Sent")
        await line.say(b"* 1 FETCH (UID 1 FLAGS ())\r\n" + fetch + OK)
        await line.say(b"* STATUS Sent (MESSAGES 7)\r\n" + noop + OK)

    async with talking_to(script) as session:
        await session.greeting()
        await session.select("INBOX")
        waiting = asyncio.create_task(session.fetch("1", "(FLAGS)", uid=True))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await session.status("Sent", "MESSAGES")).messages == 7
        assert session.take_news() == []


async def test_a_cancelled_select_closes_the_line() -> None:
    async def script(line: Line) -> None:
        await line.say(PREAUTH)
        await line.hear(b"SELECT INBOX")
        assert await line.hear() == b""

    async with talking_to(script) as session:
        await session.greeting()
        waiting = asyncio.create_task(session.select("INBOX"))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(LineLost):
            await session.noop()


async def test_a_cancelled_append_that_waits_for_its_go_ahead_closes_the_line() -> None:
    async def script(line: Line) -> None:
        await line.say(b"* PREAUTH [CAPABILITY IMAP4rev1] here\r\n")
        await line.hear(b"APPEND INBOX () {5}")
        assert await line.hear() == b""

    async with talking_to(script) as session:
        await session.greeting()
        waiting = asyncio.create_task(session.append("INBOX", b"hello"))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(LineLost):
            await session.noop()


async def test_when_the_one_who_reads_is_cancelled_the_next_reads_on() -> None:
    async def script(line: Line) -> None:
        await line.say(PREAUTH)
        first, second = await line.hear(b"STATUS INBOX"), await line.hear(b"STATUS Sent")
        await asyncio.sleep(0.1)
        await line.say(b"* STATUS INBOX (MESSAGES 1)\r\n" + first + OK)
        await line.say(b"* STATUS Sent (MESSAGES 2)\r\n" + second + OK)

    async with talking_to(script) as session:
        await session.greeting()
        reader = asyncio.create_task(session.status("INBOX", "MESSAGES"))
        follower = asyncio.create_task(session.status("Sent", "MESSAGES"))
        await asyncio.sleep(0.05)
        reader.cancel()
        assert (await follower).messages == 2


async def test_bytes_glued_to_the_answer_to_starttls_are_refused() -> None:
    async def script(line: Line) -> None:
        await line.say(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n")
        tag = await line.hear(b"STARTTLS")
        await line.say(tag + b" OK go\r\n* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] injected\r\n")
        assert await line.hear() == b""

    async with talking_to(script) as session:
        await session.greeting()
        with pytest.raises(InjectedPlaintext):
            await session.starttls(client_context(), "localhost")


async def test_a_server_that_says_preauth_cannot_keep_tls_away() -> None:
    async def script(line: Line) -> None:
        await line.say(PREAUTH)
        assert await line.hear() == b""

    async with talking_to(script) as session:
        await session.greeting()
        with pytest.raises(RemoteProtocolError):
            await session.starttls(client_context(), "localhost")


@pytest.mark.parametrize(("mechanism", "end"), [(XOAuth2, b"\r\n"), (OAuthBearer, b"AQ==\r\n")])
async def test_a_refused_token_is_answered_and_its_reason_kept(mechanism: type[XOAuth2], end: bytes) -> None:
    reason = b'{"status":"401","schemes":"Bearer"}'

    async def script(line: Line) -> None:
        await line.say(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER] hi\r\n")
        tag = await line.hear(b"AUTHENTICATE " + mechanism.name.encode() + b" ")
        await line.say(b"+ " + base64.b64encode(reason) + b"\r\n")
        await line.hear(end)
        await line.say(tag + b" NO [AUTHENTICATIONFAILED] no\r\n")

    async with talking_to(script) as session:
        await session.greeting()
        with pytest.raises(CommandRefused) as refused:
            await session.authenticate(mechanism("a@example.test", Secret("token")))
    assert refused.value.challenge == reason


async def test_a_literal_waits_for_its_go_ahead_and_is_refused_before_it() -> None:
    async def script(line: Line) -> None:
        await line.say(b"* PREAUTH [CAPABILITY IMAP4rev1] here\r\n")
        tag = await line.hear(b"APPEND INBOX (\\Seen) {5}\r\n")
        await line.say(tag + b" NO [OVERQUOTA] full\r\n")
        tag = await line.hear(b"NOOP")
        await line.say(tag + OK)

    async with talking_to(script) as session:
        await session.greeting()
        with pytest.raises(CommandRefused) as refused:
            await session.append("INBOX", b"hello", ["\\Seen"])
        assert refused.value.response_code == "OVERQUOTA"
        await session.noop()


@pytest.mark.parametrize("name", ["a\r\nA9 DELETE INBOX", "a\nb", "a\0b", "x" * 70_000])
async def test_an_argument_that_could_end_a_line_is_refused_before_a_byte_is_written(name: str) -> None:
    async def script(line: Line) -> None:
        await line.say(PREAUTH)
        await line.hear(b"NOOP")
        await line.say(b"Y1 OK done\r\n")

    async with talking_to(script) as session:
        await session.greeting()
        with pytest.raises(LocalProtocolError):
            await session.create(name)
        await session.noop()


async def test_a_name_in_bytes_of_no_charset_goes_back_as_it_came() -> None:
    name = "项目".encode("gb18030")

    async def script(line: Line) -> None:
        await line.say(b"* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] here\r\n")
        tag = await line.hear(b"LIST")
        await line.say(b'* LIST () "/" "' + name + b'"\r\n' + tag + OK)
        tag = await line.hear(b"SELECT {4+}")
        await line.hear(name)
        await line.say(tag + OK)

    async with talking_to(script) as session:
        await session.greeting()
        [listed] = await session.list_mailboxes()
        await session.select(listed.wire_name)
        assert listed.name.isprintable()


async def test_what_nobody_asked_for_waits_until_somebody_looks() -> None:
    async def script(line: Line) -> None:
        await selected(line)
        tag = await line.hear(b"NOOP")
        await line.say(b"* 4 EXISTS\r\n* 2 FETCH (FLAGS (\\Seen))\r\n" + tag + OK)

    async with talking_to(script) as session:
        await session.greeting()
        await session.select("INBOX")
        await session.noop()
        news = session.take_news()
    assert news[0] == Exists(4)
    assert [type(one).__name__ for one in news] == ["Exists", "Fetched"]


async def test_a_fetch_takes_its_own_uids_and_leaves_the_rest_as_news() -> None:
    async def script(line: Line) -> None:
        await selected(line)
        tag = await line.hear(b"UID FETCH 5:6")
        await line.say(b"* 1 FETCH (UID 5 FLAGS ())\r\n* 3 FETCH (UID 9 FLAGS (\\Seen))\r\n" + tag + OK)

    async with talking_to(script) as session:
        await session.greeting()
        await session.select("INBOX")
        assert [each.uid for each in await session.fetch("5:6", "(UID FLAGS)", uid=True)] == [5]
        assert [getattr(each, "uid", None) for each in session.take_news()] == [9]


async def test_bodies_come_one_by_one_and_a_reader_may_leave_early() -> None:
    async def script(line: Line) -> None:
        await selected(line)
        tag = await line.hear(b"UID FETCH 1:3")
        for number in (1, 2, 3):
            await line.say(b"* %d FETCH (UID %d BODY[] {2}\r\nhi)\r\n" % (number, number))
            await asyncio.sleep(0.02)
        await line.say(tag + OK)
        tag = await line.hear(b"NOOP")
        await line.say(tag + OK)

    async with talking_to(script) as session:
        await session.greeting()
        await session.select("INBOX")
        fetched = session.fetch_each("1:3", "(UID BODY[])", uid=True)
        assert (await anext(fetched)).uid == 1
        await fetched.aclose()
        await session.noop()
        assert session.take_news() == []


async def test_a_small_packet_that_unpacks_to_a_flood_is_bounded() -> None:
    async def script(line: Line) -> None:
        await line.say(PREAUTH)
        tag = await line.hear(b"COMPRESS DEFLATE")
        packer = zlib.compressobj(wbits=-15)
        await line.say(tag + OK)
        await line.say(packer.compress(b"* OK " + b"x" * 200_000_000) + packer.flush(zlib.Z_SYNC_FLUSH))

    async with talking_to(script, seconds=20) as session:
        await session.greeting()
        await session.compress()
        with pytest.raises(RemoteProtocolError, match="longer than"):
            await session.noop()


async def test_an_empty_set_of_messages_is_refused_here() -> None:
    async def script(line: Line) -> None:
        await selected(line)

    async with talking_to(script) as session:
        await session.greeting()
        await session.select("INBOX")
        with pytest.raises(LocalProtocolError):
            await session.fetch(NumSet(), "(UID)", uid=True)
        with pytest.raises(LocalProtocolError):
            await session.search([words("BODY a\r\nb")])


async def test_a_server_that_hangs_up_at_once_is_a_lost_line() -> None:
    async def script(line: Line) -> None:
        line.hang_up()

    async with talking_to(script) as session:
        with pytest.raises(LineLost):
            await session.greeting()
