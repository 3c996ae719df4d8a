"""Servers that do wrong: each is a script that is spoken to whoever comes, on a free loopback port."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count

from tests.support.background import Background
from tests.support.certificates import ServerCertificate

IMAP_CAPABILITIES = "IMAP4rev1"
SMTP_EXTENSIONS = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN")


class Line:
    """A server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._bottom = writer.transport  # the socket's own, below any TLS
        self.heard: list[bytes] = []

    async def say(self, *lines: str) -> None:
        await self.say_bytes("".join(f"{line}\r\n" for line in lines).encode("utf-8"))

    async def say_bytes(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self) -> str:
        """The next line without its end; raises `EOFError` when the client has gone."""
        line = await self.reader.readline()
        if not line:
            raise EOFError
        self.heard.append(line)
        return line.decode("utf-8", "replace").rstrip("\r\n")

    async def start_tls(self, certificate: ServerCertificate) -> None:
        before = self.writer.transport
        try:
            await self.writer.start_tls(certificate.server_context())
        finally:
            # CPython 3.11 leaves nothing there when the client hangs up, and then trips over it when it tidies up.
            if self.writer.transport is None:
                self.writer._transport = before  # type: ignore[attr-defined]

    def reset(self) -> None:
        """End it as a crash does: what was not sent is lost, and the client gets RST."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.end()

    def end(self) -> None:
        """Let go of it at once, whatever became of a handshake on it."""
        self.writer.transport.abort()
        self._bottom.abort()


class Dripping(Line):
    """Says everything one byte at a time, so that each arrives by itself."""

    def __init__(self, line: Line, pause: float) -> None:
        super().__init__(line.reader, line.writer)
        self.heard = line.heard
        self.pause = pause

    async def say_bytes(self, data: bytes) -> None:
        for byte in data:
            await super().say_bytes(bytes([byte]))
            await asyncio.sleep(self.pause)


Script = Callable[[Line], Awaitable[None]]


class FaultyServer:
    """Speaks `script` to everybody, over TLS from the first byte if there is a certificate."""

    def __init__(self, script: Script, certificate: ServerCertificate | None = None) -> None:
        self._script = script
        self._certificate = certificate
        self._background = Background()
        self.lines: list[Line] = []
        self._serving: set[asyncio.Future[None]] = set()
        self._server = self._background.run(self._listen())
        self.port = int(self._server.sockets[0].getsockname()[1])

    def endpoint(self, security: str) -> str:
        return f"127.0.0.1:{self.port}/{security}"

    @property
    def heard(self) -> bytes:
        """All that clients said to the script, in lines."""
        return b"".join(part for line in self.lines for part in line.heard)

    def inject(self, data: bytes) -> None:
        """Say this now, past the script, to everybody."""
        for line in self.lines:
            self._background.run(line.say_bytes(data))

    def hang_up(self) -> None:
        """End every connection that there is; who comes again is let in."""
        self._background.run(self._end_all())

    async def _end_all(self) -> None:
        for line in self.lines:
            line.end()

    def stop(self) -> None:
        self._background.run(self._close())
        self._background.stop()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._take, "127.0.0.1", 0, limit=1 << 20)

    async def _close(self) -> None:
        """Whoever was accepted is let in first: asyncio leaves a socket open whose server closes in between."""
        for listening in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        for _ in range(10):  # rounds from accepting to the script: three, one more under TLS
            await asyncio.sleep(0)
        self._server.close()
        for line in self.lines:
            line.end()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Known before its script begins: a task that is cancelled before its first step lets go of nothing."""
        line = Line(reader, writer)
        self.lines.append(line)
        self._serving.add(asyncio.ensure_future(self._serve(line)))

    async def _serve(self, line: Line) -> None:
        try:
            if self._certificate is not None:
                await line.start_tls(self._certificate)
            await self._script(line)
        except (OSError, EOFError, ssl.SSLError):
            return  # the client has gone, as the script wanted it to
        finally:
            line.end()


@contextmanager
def serving(script: Script, certificate: ServerCertificate | None = None) -> Iterator[FaultyServer]:
    """A server for the length of a block."""
    server = FaultyServer(script, certificate)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that answers no SYN: its queue is full and nobody takes from it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                with suppress(BlockingIOError):
                    filler.connect(listening.getsockname())
            yield int(listening.getsockname()[1])
        finally:
            for filler in fillers:
                filler.close()


# Scripts that say one thing.


async def silence(line: Line) -> None:
    """Takes the connection and says nothing."""
    await line.reader.read()


def saying(*lines: str) -> Script:
    """Says these lines, and then nothing, whatever comes."""

    async def script(line: Line) -> None:
        await line.say(*lines)
        await line.reader.read()

    return script


def saying_goodbye(*lines: str) -> Script:
    """Says these lines and hangs up."""

    async def script(line: Line) -> None:
        await line.say(*lines)
        line.writer.close()
        await line.writer.wait_closed()

    return script


def garbage(size_bytes: int, piece: bytes = b"\xfe\x00 garbage ") -> Script:
    """So many bytes of nonsense without a line's end."""
    block = piece * (64 * 1024 // len(piece))

    async def script(line: Line) -> None:
        for _ in range(size_bytes // len(block)):
            await line.say_bytes(block)
        await line.reader.read()

    return script


def dripping(script: Script, pause: float = 0.0) -> Script:
    """The same script, one byte at a time, so many seconds apart."""
    return lambda line: script(Dripping(line, pause))


# Servers that are right but for what is asked of them.


def imap(
    answers: Mapping[str, str] | None = None,
    *,
    greeting: str = "* OK ready",
    capabilities: str = IMAP_CAPABILITIES,
    certificate: ServerCertificate | None = None,
    injected: str = "",
    after_starttls: Script | None = None,
) -> Script:
    """IMAP with an empty INBOX.  `answers` by command replace the right ones (without the tag; `{line}` is what was
    said); `injected` goes out in one piece with the answer to STARTTLS, `after_starttls` in the place of TLS."""
    chosen = dict(answers or {})
    data = {**_IMAP_DATA, "CAPABILITY": [f"* CAPABILITY {capabilities}"]}

    async def script(line: Line) -> None:
        await line.say(greeting)
        while True:
            said = await _hear_command(line)
            tag, _, rest = said.partition(" ")
            verb = rest.split(" ")[0].upper()
            if verb in chosen:
                await line.say(f"{tag} {chosen[verb].format(line=rest)}")
            elif verb == "STARTTLS" and after_starttls is not None:
                await line.say(f"{tag} OK begin")
                return await after_starttls(line)
            elif verb == "STARTTLS" and certificate is not None:
                await line.say_bytes(f"{tag} OK begin\r\n{injected}".encode())
                await line.start_tls(certificate)
            else:
                await line.say(*data.get(verb, ()), f"{tag} {_IMAP_STATUS.get(verb, 'BAD unknown')}")

    return script


_EMPTY_BOX = ["* FLAGS (\\Seen)", "* 0 EXISTS", "* 0 RECENT", "* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 1] ."]
_IMAP_DATA = {
    "ID": ["* ID NIL"],
    "SELECT": _EMPTY_BOX,
    "EXAMINE": _EMPTY_BOX,
    "LIST": ['* LIST () "/" INBOX'],
    "LSUB": ['* LSUB () "/" INBOX'],
    "STATUS": ["* STATUS INBOX (MESSAGES 0 RECENT 0 UIDNEXT 1 UIDVALIDITY 7 UNSEEN 0)"],
    "SEARCH": ["* SEARCH"],
    "LOGOUT": ["* BYE until then"],
}
_IMAP_STATUS = dict.fromkeys([*_IMAP_DATA, "CAPABILITY", "NOOP", "LOGIN", "FETCH", "UID", "CLOSE"], "OK done")


async def _hear_command(line: Line) -> str:
    """One command with its literals, which are asked for."""
    said = await line.hear()
    while said.endswith("}"):
        await line.say("+ go on")
        size = int(said.rpartition("{")[2].rstrip("+}"))
        said += (await line.reader.readexactly(size)).decode("utf-8", "replace") + await line.hear()
    return said


def smtp(
    answers: Mapping[str, str] | None = None,
    *,
    greeting: str = "220 mail.example.test ESMTP",
    extensions: tuple[str, ...] = SMTP_EXTENSIONS,
    certificate: ServerCertificate | None = None,
    injected: str = "",
    at_dot: Callable[[Line], Awaitable[None]] | None = None,
) -> Script:
    """SMTP that takes everything.  `answers` by verb replace the right ones; `.` is the final dot; `{line}` is what was
    said.  `at_dot` acts in the place of the answer to the final dot."""
    chosen = {**_SMTP_ANSWERS, **(answers or {})}

    async def script(line: Line) -> None:
        await line.say(greeting)
        some_accepted = False
        while True:
            said = await line.hear()
            verb = said.split(" ")[0].split(":")[0].upper()
            some_accepted = (verb == "RCPT" and chosen["RCPT"].startswith("250")) or (some_accepted and verb != "MAIL")
            if verb == "EHLO" and "EHLO" not in (answers or {}):
                await line.say(*_multiline(250, ("mail.example.test", *extensions)))
            elif verb == "STARTTLS" and certificate is not None:
                await line.say_bytes(f"220 go\r\n{injected}".encode())
                await line.start_tls(certificate)
            elif said.upper() == "AUTH LOGIN":
                await _hear_login(line, chosen["AUTH"])
            elif verb == "DATA" and not (some_accepted and chosen["MAIL"].startswith("250")):
                await line.say("503 5.5.1 nobody to send it to")
            elif verb == "DATA" and chosen["DATA"].startswith("354"):
                await line.say(chosen["DATA"])
                while await line.hear() != ".":
                    pass
                await (at_dot(line) if at_dot else line.say(chosen["."]))
            else:
                await line.say(chosen.get(verb, "500 unknown").format(line=said))

    return script


_SMTP_ANSWERS = {
    "HELO": "250 mail.example.test",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 taken",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


def _multiline(code: int, lines: tuple[str, ...]) -> Iterator[str]:
    last = len(lines)
    for number, text in zip(count(1), lines, strict=False):
        yield f"{code}{' ' if number == last else '-'}{text}"


async def _hear_login(line: Line, verdict: str) -> None:
    await line.say("334 VXNlcm5hbWU6")
    await line.hear()
    await line.say("334 UGFzc3dvcmQ6")
    await line.hear()
    await line.say(verdict)
