"""One SMTP connection for submission (RFC 5321, 6409), over the same streams as IMAP.

What a caller has to know for certain is whether a message may have been taken.  Nothing is before the final dot; after
it, only a reply tells.  `LineLost.after_dot` is that line, and `on_final_dot` is awaited on it.
"""

import re
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from yizhan.base.errors import YizhanError
from yizhan.base.secret import Secret
from yizhan.imap.errors import RemoteProtocolError
from yizhan.net.contents import Pieces, weigh, whole, with_dots
from yizhan.net.deadlines import deadline
from yizhan.net.envelopes import write_envelope
from yizhan.net.errors import InjectedPlaintext, LineLost, NetError
from yizhan.net.errors import SmtpRefused as SmtpRefused  # also known here, where it is raised
from yizhan.net.limits import (
    BLOCK_SECONDS,
    FINAL_SECONDS,
    MAX_PIPELINED,
    MAX_REPLY_LINE,
    MAX_REPLY_LINES,
    WRITE_BYTES,
)
from yizhan.net.sasl import (
    PASSWORD_MECHANISMS,
    TOKEN_MECHANISMS,
    Mechanism,
    choose_mechanism,
    make_answers,
    read_challenge,
)
from yizhan.net.streams import Stream
from yizhan.net.transcripts import STRUCK, Transcript, strike

OUR_NAME = (
    "[127.0.0.1]"  # RFC 5321 §4.1.3; this machine's own name is nobody's business, "localhost" is refused by some
)
_REPLY = re.compile(rb"(\d{3})(?:([ -])(.*))?", re.DOTALL)
_NOT_KNOWN = (500, 501, 502, 504, 550)  # to EHLO; 550 by servers that hide what they are


class MechanismUnavailable(YizhanError):
    """The server offers no way to sign in that we speak; no secret was sent."""

    code = "auth_method_unsupported"


@dataclass(frozen=True, slots=True)
class SendResult:
    """Who was accepted, and the server's no to each of the others."""

    accepted: tuple[str, ...]
    refusals: dict[str, SmtpRefused]

    @property
    def refused(self) -> dict[str, str]:
        """The server's words for who was not."""
        return {who: no.text.decode("utf-8", "replace") for who, no in self.refusals.items()}


class NobodyAccepted(SmtpRefused):
    """No recipient was; `refusals` has the server's no to each, and this is the first of them."""

    def __init__(self, refusals: dict[str, SmtpRefused]) -> None:
        first = next(iter(refusals.values()))
        super().__init__(first.stage, first.reply_code, first.text)
        self.refusals = refusals


class SmtpSession:
    """Speaks over a stream; every wait for a reply has a deadline of `seconds`, the last of `final_seconds`."""

    def __init__(
        self,
        stream: Stream,
        *,
        seconds: float = 15.0,
        final_seconds: float = FINAL_SECONDS,
        transcript: Transcript | None = None,
    ) -> None:
        self._stream = stream
        self._seconds = seconds
        self._final_seconds = final_seconds
        self._transcript = transcript
        self._buffer = bytearray()
        self.extensions: dict[str, str] = {}

    async def greeting(self) -> None:
        await self._expect("greeting", None, 220)

    async def ehlo(self, name: str = OUR_NAME) -> None:
        """What the server can do, in `extensions`; a server that knows no EHLO gets HELO and can nothing."""
        self.extensions = {}
        try:
            text = await self._expect("ehlo", b"EHLO " + name.encode("ascii"), 250)
        except SmtpRefused as refusal:
            if refusal.reply_code not in _NOT_KNOWN:
                raise
            await self._expect("ehlo", b"HELO " + name.encode("ascii"), 250)
            return
        self.extensions = _read_extensions(text)

    async def starttls(self, context: ssl.SSLContext, host: str) -> None:
        """TLS in place; what was said before it is forgotten, so say `ehlo` again.  Raises `InjectedPlaintext`."""
        await self._expect("starttls", b"STARTTLS", 220)
        if self._buffer:
            raise InjectedPlaintext("the server sent more after its answer to STARTTLS; someone may be in between")
        await self._stream.start_tls(context, host)
        self.extensions = {}

    async def login(self, user: str, secret: Secret[str]) -> None:
        """AUTH PLAIN, or LOGIN where only that is offered; raises `MechanismUnavailable` before a secret is sent."""
        await self._authenticate(self._choose(PASSWORD_MECHANISMS), user, secret)

    async def login_with_token(self, user: str, token: Secret[str], host: str = "") -> None:
        """AUTH OAUTHBEARER or XOAUTH2 with an access token; `host` is the server's name, which OAUTHBEARER may tell."""
        await self._authenticate(self._choose(TOKEN_MECHANISMS), user, token, host)

    async def send(
        self,
        sender: str,
        recipients: Sequence[str],
        message: bytes | Pieces,
        on_final_dot: Callable[[], Awaitable[None]],
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> SendResult:
        """One transaction.  `on_final_dot` is awaited before the dot that hands the message over; `on_progress` hears
        how many bytes of the message are written.

        Line ends become CRLF, and nothing else of the message changes.  Raises `NobodyAccepted`, or `SmtpRefused` for
        the sender or the message; `MessageTooLarge`, `EightBitRefused`, `InternationalRefused` and `AddressUnusable`
        before a byte is sent; and `LineLost`, whose `after_dot` says whether the message may have arrived.  After
        anything but a result or `SmtpRefused`, the session is of no use any more.
        """
        pieces = whole(message) if isinstance(message, bytes) else message
        mail, rcpts = write_envelope(self.extensions, sender, recipients, await weigh(pieces))
        accepted, refusals = await self._begin_transaction(mail, dict(zip(recipients, rcpts, strict=True)))
        await self._hand_over(pieces, on_final_dot, on_progress)
        return SendResult(accepted, refusals)

    async def _begin_transaction(
        self, mail: bytes, rcpts: dict[str, bytes]
    ) -> tuple[tuple[str, ...], dict[str, SmtpRefused]]:
        """MAIL, RCPT and DATA; who was accepted, and the no to each of the others."""
        with_data = "PIPELINING" in self.extensions and len(rcpts) < MAX_PIPELINED - 1
        replies = await self._ask_all([mail, *rcpts.values(), *([b"DATA"] if with_data else [])])
        goes_on = with_data and replies[-1][0] == 354
        refusals = {
            recipient: SmtpRefused("rcpt-to", code, text)
            for recipient, (code, text) in zip(rcpts, replies[1:], strict=False)
            if code not in (250, 251)
        }
        if replies[0][0] != 250 or len(refusals) == len(rcpts):
            if goes_on:  # it waits for a message to nobody; it does not get one (RFC 2920 §3.1)
                await self._stream.close()
            raise SmtpRefused("mail-from", *replies[0]) if replies[0][0] != 250 else NobodyAccepted(refusals)
        if not with_data:
            await self._expect("data", b"DATA", 354)
        elif not goes_on:
            raise SmtpRefused("data", *replies[-1])
        return tuple(recipient for recipient in rcpts if recipient not in refusals), refusals

    async def reset(self) -> None:
        """Forget the transaction under way; the next may begin (RFC 5321 §4.1.1.5)."""
        await self._expect("reset", b"RSET", 250)

    async def quit(self) -> None:
        """Say goodbye and let go; a server that has already gone is no error."""
        try:
            await self._expect("quit", b"QUIT", 221)
        except (SmtpRefused, NetError):
            return
        finally:
            await self._stream.close()

    async def close(self) -> None:
        """Let go without waiting; never raises."""
        await self._stream.close()

    def _choose(self, wanted: Sequence[Mechanism]) -> Mechanism:
        offered = self.extensions.get("AUTH", "")
        mechanism = choose_mechanism(wanted, offered)
        if mechanism is None:
            raise MechanismUnavailable(
                f"of {' and '.join(wanted)} the server offers none: {offered[:200] or 'no AUTH'}"
            )
        return mechanism

    async def _authenticate(self, mechanism: Mechanism, user: str, secret: Secret[str], host: str = "") -> None:
        answers = make_answers(mechanism, user, secret, host)
        secrets = [secret, *answers]
        if self._transcript is not None:
            for each in secrets:
                self._transcript.strike(each)
        try:
            await self._answer_challenges(mechanism, answers)
        except SmtpRefused as refusal:  # some servers repeat what they were told
            raise SmtpRefused("auth", refusal.reply_code, strike(refusal.text, secrets)) from None

    async def _answer_challenges(self, mechanism: Mechanism, answers: Sequence[Secret[str]]) -> None:
        if mechanism is Mechanism.LOGIN:
            await self._expect("auth", b"AUTH LOGIN", 334)
            await self._expect("auth", b"", 334, secret=answers[0])
            await self._expect("auth", b"", 235, secret=answers[1])
            return
        code, text = await self._ask("auth", b"AUTH " + mechanism.encode() + b" ", secret=answers[0])
        if code == 334 and mechanism is Mechanism.PLAIN:  # a server that wants to be asked first
            code, text = await self._ask("auth", b"", secret=answers[0])
        elif code == 334:
            # The failure stands in the challenge; one more answer fetches the refusal itself (RFC 7628 §3.2.3).
            reason = read_challenge(text)
            code, text = await self._ask("auth", b"AQ==" if mechanism is Mechanism.OAUTHBEARER else b"")
            text += b" " + reason
        if code != 235:
            raise SmtpRefused("auth", code, text)

    async def _ask_all(self, lines: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """The replies to the lines of an envelope, many at once if the server can; none after a refused first."""
        at_once = MAX_PIPELINED if "PIPELINING" in self.extensions else 1
        replies: list[tuple[int, bytes]] = []
        for start in range(0, len(lines), at_once):
            group = lines[start : start + at_once]
            async with deadline(self._seconds, "the envelope"):
                await self._say(b"\r\n".join(group))
                for _ in group:
                    replies.append(await self._reply())
                    if replies[-1][0] == 421:  # the server hangs up, and answers no more (RFC 5321 §3.8)
                        raise SmtpRefused("rcpt-to" if len(replies) > 1 else "mail-from", *replies[-1])
            if replies[0][0] != 250:
                break
        return replies

    async def _hand_over(
        self, pieces: Pieces, on_final_dot: Callable[[], Awaitable[None]], on_progress: Callable[[int], None]
    ) -> None:
        written = 0
        try:
            async for data in with_dots(pieces):
                for start in range(0, len(data), WRITE_BYTES):
                    async with deadline(BLOCK_SECONDS, "sending the message"):
                        await self._stream.write(data[start : start + WRITE_BYTES])
                    written += len(data[start : start + WRITE_BYTES])
                    on_progress(written)
        except LineLost:
            # A server that has had enough says so and hangs up; its words are worth more than the broken line.
            async with deadline(self._seconds, "the answer to the message"):
                raise SmtpRefused("data", *await self._reply()) from None
        await on_final_dot()
        try:
            async with deadline(self._final_seconds, "the answer to the message"):
                await self._say(b".")
                code, text = await self._reply()
        except YizhanError as error:
            raise LineLost(f"no answer after the final dot: {error.detail}", after_dot=True) from error
        if 300 <= code < 400:
            raise LineLost(f"the final dot was answered with {code}, which says nothing", after_dot=True)
        if not 200 <= code < 300:
            raise SmtpRefused("data", code, text)

    async def _expect(self, stage: str, line: bytes | None, *wanted: int, secret: Secret[str] | None = None) -> bytes:
        code, text = await self._ask(stage, line, secret=secret)
        if code not in wanted:
            raise SmtpRefused(stage, code, text)
        return text

    async def _ask(self, stage: str, line: bytes | None, *, secret: Secret[str] | None = None) -> tuple[int, bytes]:
        async with deadline(self._seconds, stage):
            if line is not None:
                await self._say(line, secret=secret)
            return await self._reply()

    async def _say(self, line: bytes, *, secret: Secret[str] | None = None) -> None:
        """The secret, if there is one, ends the line."""
        hidden = secret.reveal().encode("ascii") if secret else b""
        if self._transcript is not None:
            self._transcript.sent(line + (STRUCK if secret else b""))
        with suppress(LineLost):  # the read that follows finds it too, but first what the server said in parting
            await self._stream.write(line + hidden + b"\r\n")

    async def _reply(self) -> tuple[int, bytes]:
        lines: list[bytes] = []
        while len(lines) < MAX_REPLY_LINES:
            match = _REPLY.fullmatch(await self._line())
            if match is None:
                raise RemoteProtocolError("the server's line is no SMTP reply")
            lines.append(match[3] or b"")
            if match[2] != b"-":
                return int(match[1]), b"\n".join(lines)
        raise RemoteProtocolError(f"a reply of more than {MAX_REPLY_LINES} lines")

    async def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_REPLY_LINE:
                raise RemoteProtocolError(f"a reply line is longer than {MAX_REPLY_LINE} bytes")
            data = await self._stream.read()
            if not data:
                raise LineLost("the server closed the connection")
            self._buffer += data
        if end > MAX_REPLY_LINE:
            raise RemoteProtocolError(f"a reply line is longer than {MAX_REPLY_LINE} bytes")
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        if self._transcript is not None:
            self._transcript.received(line)
        return line


def _read_extensions(text: bytes) -> dict[str, str]:
    """Keyword to parameters; `AUTH=LOGIN` of old servers is joined with what stands after `AUTH`."""
    found: dict[str, str] = {}
    for line in text.decode("ascii", "replace").split("\n")[1:]:
        keyword, _, parameters = line.strip().replace("=", " ", 1).partition(" ")
        known = found.get(keyword.upper())
        found[keyword.upper()] = f"{known} {parameters}" if known else parameters
    return found
