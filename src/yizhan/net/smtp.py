"""One SMTP connection for submission (RFC 5321, 6409), over the same streams as IMAP."""

import base64
import re
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from yizhan.base.errors import YizhanError
from yizhan.base.secret import Secret
from yizhan.imap.commands import refuse_injection
from yizhan.imap.errors import RemoteProtocolError
from yizhan.net.deadlines import deadline
from yizhan.net.errors import InjectedPlaintext, LineLost
from yizhan.net.streams import Stream

MAX_LINE = 8192  # RFC 5321 §4.5.3.1.5 says 512; some servers write more
MAX_REPLY_LINES = 200
DATA_SECONDS = 120.0  # RFC 5321 §4.5.3.2 gives minutes for the data and its final dot
_REPLY = re.compile(rb"(\d{3})([ -]?)(.*)", re.DOTALL)


class SmtpRefused(YizhanError):
    """The server said no: its code and its own words; `stage` is the step that was under way."""

    code = "smtp_refused"

    def __init__(self, stage: str, reply_code: int, text: bytes) -> None:
        super().__init__(f"{stage} was answered with {reply_code}")
        self.stage = stage
        self.reply_code = reply_code
        self.text = text

    @property
    def is_transient(self) -> bool:
        return 400 <= self.reply_code < 500


@dataclass(frozen=True, slots=True)
class SendResult:
    """Who was accepted, and the server's words for who was not."""

    accepted: tuple[str, ...]
    refused: dict[str, str]


class SmtpSession:
    """Speaks over a stream; every wait has a deadline of `seconds`."""

    def __init__(self, stream: Stream, *, seconds: float = 15.0) -> None:
        self._stream = stream
        self._seconds = seconds
        self._buffer = bytearray()
        self.extensions: dict[str, str] = {}

    async def greeting(self) -> None:
        await self._expect("greeting", None, 220)

    async def ehlo(self, name: str = "localhost") -> None:
        text = await self._expect("ehlo", b"EHLO " + name.encode("ascii"), 250)
        pairs = [line.decode("ascii", "replace").partition(" ") for line in text.split(b"\n")[1:]]
        self.extensions = {keyword.upper(): rest for keyword, _, rest in pairs}

    async def starttls(self, context: ssl.SSLContext, host: str) -> None:
        await self._expect("starttls", b"STARTTLS", 220)
        if self._buffer:
            raise InjectedPlaintext("the server sent more after its answer to STARTTLS; someone may be in between")
        async with deadline(self._seconds, "TLS handshake"):
            await self._stream.start_tls(context, host)
        self.extensions = {}

    async def login(self, user: str, secret: Secret[str]) -> None:
        """AUTH PLAIN, or LOGIN where only that is offered (RFC 4954)."""
        mechanisms = self.extensions.get("AUTH", "").upper().split()
        if "PLAIN" in mechanisms or "LOGIN" not in mechanisms:
            plain = f"\0{user}\0{secret.reveal()}".encode()
            await self._expect("auth", b"AUTH PLAIN " + base64.b64encode(plain), 235)
            return
        await self._expect("auth", b"AUTH LOGIN", 334)
        await self._expect("auth", base64.b64encode(user.encode()), 334)
        await self._expect("auth", base64.b64encode(secret.reveal().encode()), 235)

    async def send(
        self, sender: str, recipients: Sequence[str], raw: bytes, on_final_dot: Callable[[], Awaitable[None]]
    ) -> SendResult:
        """One transaction.  `on_final_dot` is awaited before the dot that hands the message over.

        Raises `SmtpRefused` if nobody was accepted, and `LineLost` whose `after_dot` says whether it may have arrived.
        """
        await self._expect("mail-from", b"MAIL FROM:<" + _path(sender) + b">", 250)
        accepted: list[str] = []
        refusals: dict[str, SmtpRefused] = {}
        for recipient in recipients:
            try:
                await self._expect("rcpt-to", b"RCPT TO:<" + _path(recipient) + b">", 250, 251)
                accepted.append(recipient)
            except SmtpRefused as refusal:
                refusals[recipient] = refusal
        if not accepted:
            raise next(iter(refusals.values()))
        await self._expect("data", b"DATA", 354)
        await self._hand_over(raw, on_final_dot)
        return SendResult(tuple(accepted), {who: no.text.decode("utf-8", "replace") for who, no in refusals.items()})

    async def _hand_over(self, raw: bytes, on_final_dot: Callable[[], Awaitable[None]]) -> None:
        lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw).removesuffix(b"\r\n")
        stuffed = re.sub(rb"(?m)^\.", b"..", lines)
        async with deadline(DATA_SECONDS, "sending the message"):
            await self._stream.write(stuffed)
        await on_final_dot()
        try:
            async with deadline(DATA_SECONDS, "the answer to the message"):
                await self._stream.write(b"\r\n.\r\n")
                code, text = await self._reply()
        except (YizhanError, OSError) as error:
            raise LineLost(f"the line broke after the final dot: {error}", after_dot=True) from error
        if code != 250:
            raise SmtpRefused("data", code, text)

    async def close(self) -> None:
        """Let go without waiting; never raises."""
        await self._stream.close()

    async def _expect(self, stage: str, line: bytes | None, *wanted: int) -> bytes:
        async with deadline(self._seconds, stage):
            if line is not None:
                await self._stream.write(line + b"\r\n")
            code, text = await self._reply()
        if code not in wanted:
            raise SmtpRefused(stage, code, text)
        return text

    async def _reply(self) -> tuple[int, bytes]:
        lines: list[bytes] = []
        while len(lines) < MAX_REPLY_LINES:
            match = _REPLY.fullmatch(await self._line())
            if match is None:
                raise RemoteProtocolError("the server's line is no SMTP reply")
            lines.append(match[3])
            if match[2] != b"-":
                return int(match[1]), b"\n".join(lines)
        raise RemoteProtocolError(f"a reply of more than {MAX_REPLY_LINES} lines")

    async def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_LINE:
                raise RemoteProtocolError(f"a reply line is longer than {MAX_LINE} bytes")
            data = await self._stream.read()
            if not data:
                raise LineLost("the server closed the connection")
            self._buffer += data
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        return line


def _path(address: str) -> bytes:
    data = address.encode("utf-8")
    refuse_injection(data)
    if b"<" in data or b">" in data or b" " in data or not data.isascii():
        raise RemoteProtocolError(f"{address!r} cannot be written as an SMTP path")
    return data
