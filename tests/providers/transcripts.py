"""Recorded refusals, played through the real parsers.

The first line names the protocol and the provider (`# imap qq`).  `S:` and `C:` are server and client; `X:` is what a
library said where no server spoke (tls, tcp, dns, proxy, oauth); `E: Refused(stage=..., cause=...)` is what must come
of it, with `retry` and `retry_after_s` where they matter.  `\\xNN` is a byte, for servers that do not write UTF-8.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.net.connecting import dialer
from yizhan.base.errors import YizhanError
from yizhan.base.secret import Secret
from yizhan.imap.errors import CommandRefused
from yizhan.imap.frames import Framer
from yizhan.imap.grammar import Dialect
from yizhan.imap.responses import parse_response
from yizhan.imap.types import Status
from yizhan.net.errors import SmtpRefused
from yizhan.net.smtp import SmtpSession
from yizhan.providers.diagnosis import Diagnosis, diagnose, observe, observe_words
from yizhan.providers.stages import Stage

FOLDER = Path(__file__).parent.parent / "transcripts" / "refusals"
_BYTE = re.compile(rb"\\x([0-9a-f]{2})")
_IMAP_STAGES = {
    "": Stage.GREETING, "LOGIN": Stage.LOGIN, "AUTHENTICATE": Stage.LOGIN, "ID": Stage.ID, "SELECT": Stage.SELECT,
    "FETCH": Stage.FETCH, "APPEND": Stage.APPEND, "CREATE": Stage.CREATE, "LIST": Stage.LIST, "IDLE": Stage.IDLE,
}  # fmt: skip
_SMTP_STAGES = {
    "greeting": Stage.GREETING, "ehlo": Stage.EHLO, "auth": Stage.SMTP_AUTH, "mail-from": Stage.MAIL_FROM,
    "rcpt-to": Stage.RCPT_TO, "data": Stage.DATA,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transcript:
    """`lines` are pairs of who spoke and what; `expected` the words of the `E:` line."""

    protocol: str
    provider: str
    lines: tuple[tuple[str, bytes], ...]
    expected: dict[str, str]


def read_transcript(path: Path) -> Transcript:
    head, *rest = path.read_bytes().splitlines()
    protocol, _, provider = head.decode().removeprefix("# ").partition(" ")
    spoken = [(line[:1].decode(), _BYTE.sub(lambda match: bytes([int(match[1], 16)]), line[3:])) for line in rest]
    facts = re.findall(r"(\w+)=(\w+(?:-\w+)?)", spoken[-1][1].decode())
    return Transcript(protocol, provider, tuple(spoken[:-1]), dict(facts))


async def diagnosis_of(transcript: Transcript) -> Diagnosis:
    """What our own parser and rules make of the recorded words."""
    if transcript.protocol == "imap":
        stage, error = _imap_refusal(transcript)
    elif transcript.protocol == "smtp":
        stage, error = await _smtp_refusal(transcript)
    else:
        words = transcript.lines[0][1].decode()
        stage = Stage[transcript.expected["stage"]]
        return diagnose(observe_words(stage, words, transcript.protocol, provider=transcript.provider))
    return diagnose(observe(stage, error, provider=transcript.provider))


def _imap_refusal(transcript: Transcript) -> tuple[Stage, YizhanError]:
    framer = Framer()
    command = ""
    for who, line in transcript.lines:
        if who == "C":
            command = line.split()[1].decode()
            continue
        framer.feed(line + b"\r\n")
        while (frame := framer.next_frame()) is not None:
            event = parse_response(frame, Dialect())
            if isinstance(event, Status) and (event.status == "BYE" or (event.tag and event.status != "OK")):
                return _IMAP_STAGES[command], CommandRefused(command, event.status, event.code, event.text)
    raise AssertionError("nothing in this transcript refuses")


async def _smtp_refusal(transcript: Transcript) -> tuple[Stage, YizhanError]:
    async with _serving(transcript) as session:
        verbs = [line.split()[0] for who, line in transcript.lines if who == "C"]
        try:
            if transcript.lines[0][0] == "S":
                await session.greeting()
            if b"EHLO" in verbs:
                await session.ehlo()
            if b"AUTH" in verbs:
                await session.login("li@example.com", Secret("not-looked-at"))
            await session.send("li@example.com", ["anna@example.org"], b"Subject: hi\r\n\r\nhi\r\n", _nothing)
        except SmtpRefused as error:
            return _SMTP_STAGES[error.stage], error
    raise AssertionError("nothing in this transcript refuses")


async def _nothing() -> None:
    """The final dot needs no mark here."""


@asynccontextmanager
async def _serving(transcript: Transcript) -> AsyncIterator[SmtpSession]:
    """A session with a server that says its lines, a group after each of the client's."""
    said_all = asyncio.Event()
    groups = [(who, [line for _, line in lines]) for who, lines in groupby(transcript.lines, key=lambda pair: pair[0])]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for who, lines in groups:
            if who == "S":
                writer.write(b"".join(line + b"\r\n" for line in lines))
                await writer.drain()
            else:
                await reader.readuntil(b"\r\n.\r\n" if lines == [b"."] else b"\r\n")
        writer.close()
        await writer.wait_closed()
        said_all.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        stream = await dialer().dial(*server.sockets[0].getsockname())
        try:
            yield SmtpSession(stream)
            await said_all.wait()
        finally:
            await stream.close()
