"""One authenticated IMAP connection: a short method a command, and no policy."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from yizhan.base.secret import Secret
from yizhan.imap import utf7
from yizhan.imap.commands import Part, astring, literal, quoted, words
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.imap.frames import Framer
from yizhan.imap.lexer import Value
from yizhan.imap.responses import Continuation, Data, Event, Status, fetch_items, parse_response
from yizhan.net.deadlines import deadline
from yizhan.net.errors import InjectedPlaintext, LineLost
from yizhan.net.streams import Stream
from yizhan.net.transcripts import strike

MAX_DATA = 200_000  # untagged responses to one command; a mailbox of 100,000 names fits


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT or EXAMINE said."""

    exists: int
    uid_validity: int
    uid_next: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of LIST; `name` decoded, `wire_name` as the server wrote it."""

    name: str
    wire_name: str
    delimiter: str
    attributes: frozenset[str]


class ImapSession:
    """Speaks over a stream; every wait has a deadline of `seconds`."""

    def __init__(self, stream: Stream, *, seconds: float = 15.0) -> None:
        self._stream = stream
        self._seconds = seconds
        self._framer = Framer()
        self._number = 0
        self.capabilities: frozenset[str] = frozenset()

    async def greeting(self) -> Status:
        async with deadline(self._seconds, "greeting"):
            event = await self._event()
        if not isinstance(event, Status):
            raise RemoteProtocolError("the server's first line is no greeting")
        if event.status == "BYE":
            raise CommandRefused("greeting", "BYE", event.code, event.text)
        self._note_capabilities(event)
        return event

    async def capability(self) -> None:
        await self._command("CAPABILITY", words("CAPABILITY"))

    async def starttls(self, context: ssl.SSLContext, host: str) -> None:
        await self._command("STARTTLS", words("STARTTLS"))
        if self._framer.pending:
            raise InjectedPlaintext("the server sent more after its answer to STARTTLS; someone may be in between")
        async with deadline(self._seconds, "TLS handshake"):
            await self._stream.start_tls(context, host)
        self.capabilities = frozenset()  # what was said before TLS may be a lie (RFC 9051 §6.2.1)
        await self.capability()

    async def login(self, user: str, secret: Secret[str]) -> None:
        login = [*words("LOGIN "), *astring(user), *words(" "), *astring(secret.reveal(), secret=True)]
        self.capabilities = frozenset()
        try:
            await self._command("LOGIN", login)
        except CommandRefused as refusal:  # some servers repeat what they were told
            said = strike(refusal.text, [secret, Secret(quoted(secret.reveal()).decode()[1:-1])])
            raise CommandRefused("LOGIN", refusal.status, refusal.response_code, said) from None
        if not self.capabilities:
            await self.capability()

    async def identify(self, facts: dict[str, str]) -> None:
        pairs: list[Part] = []
        for name, value in facts.items():
            pairs += [*words(f'"{name}" "{value}" ')]
        await self._command("ID", [*words("ID ("), *pairs[:-1], *words(pairs[-1].data.decode().strip() + ")")])

    async def examine(self, wire_name: str) -> Selected:
        """Open a mailbox for reading only."""
        lines, _ = await self._command("EXAMINE", [*words("EXAMINE "), *astring(wire_name)])
        codes = {event.code: event.argument for event in lines if isinstance(event, Status)}
        exists = [event.number for event in lines if isinstance(event, Data) and event.name == "EXISTS"]
        return Selected(exists[-1] or 0 if exists else 0, _number(codes, "UIDVALIDITY"), _number(codes, "UIDNEXT"))

    async def count_unseen(self, wire_name: str) -> int:
        lines, _ = await self._command("STATUS", [*words("STATUS "), *astring(wire_name), *words(" (UNSEEN)")])
        for event in lines:
            if isinstance(event, Data) and event.name == "STATUS" and isinstance(event.values[-1], list):
                value = event.values[-1][-1]
                return int(value) if isinstance(value, bytes) and value.isdigit() else 0
        raise RemoteProtocolError("STATUS was answered without its numbers")

    async def list_mailboxes(self) -> list[Listed]:
        lines, _ = await self._command("LIST", words('LIST "" "*"'))
        return [_listed(event.values) for event in lines if isinstance(event, Data) and event.name == "LIST"]

    async def fetch(self, numbers: str, items: str, *, uid: bool) -> list[dict[str, Value]]:
        """The items of each message in `numbers` (a sequence set; UIDs if `uid`)."""
        command = f"{'UID ' if uid else ''}FETCH {numbers} {items}"
        lines, _ = await self._command("FETCH", words(command))
        return [fetch_items(event.values) for event in lines if isinstance(event, Data) and event.name == "FETCH"]

    async def search_message_id(self, message_id: str) -> list[int]:
        command = [*words("UID SEARCH HEADER Message-ID "), *astring(message_id)]
        lines, _ = await self._command("SEARCH", command)
        return [
            int(value)
            for event in lines
            if isinstance(event, Data) and event.name == "SEARCH"
            for value in event.values
            if isinstance(value, bytes) and value.isdigit()
        ]

    async def append(self, wire_name: str, raw: bytes, flags: Sequence[str]) -> None:
        head = [*words("APPEND "), *astring(wire_name), *words(f" ({' '.join(flags)}) ")]
        await self._command("APPEND", [*head, *literal(raw)])

    async def close(self) -> None:
        """Let go without waiting; never raises."""
        await self._stream.close()

    async def logout(self) -> None:
        """Say goodbye; a server that has already gone is no error."""
        try:
            await self._command("LOGOUT", words("LOGOUT"))
        except (CommandRefused, LineLost):
            return
        finally:
            await self._stream.close()

    async def _command(self, name: str, parts: Sequence[Part]) -> tuple[list[Event], Status]:
        self._number += 1
        tag = b"Y%d" % self._number
        lines: list[Event] = []
        async with deadline(self._seconds, name):
            pending = tag + b" "
            for part in parts:
                if part.wait:
                    await self._stream.write(pending)
                    pending = b""
                    await self._go_ahead(name, tag, lines)
                pending += part.data
            await self._stream.write(pending + b"\r\n")
            status = await self._completion(tag, lines)
        if status.status != "OK":
            raise CommandRefused(name, status.status, status.code, status.text)
        return lines, status

    async def _go_ahead(self, name: str, tag: bytes, lines: list[Event]) -> None:
        while True:
            event = await self._event()
            if isinstance(event, Continuation):
                return
            if isinstance(event, Status) and event.tag == tag:
                raise CommandRefused(name, event.status, event.code, event.text)
            lines.append(event)

    async def _completion(self, tag: bytes, lines: list[Event]) -> Status:
        bye: Status | None = None
        while True:
            try:
                event = await self._event()
            except LineLost:
                if bye is None:
                    raise
                return bye
            if isinstance(event, Status):
                self._note_capabilities(event)
                if event.tag == tag:
                    return event
                bye = event if event.status == "BYE" else bye
            elif isinstance(event, Data) and event.name == "CAPABILITY":
                self.capabilities = frozenset(
                    value.decode("ascii", "replace").upper() for value in event.values if isinstance(value, bytes)
                )
            if len(lines) >= MAX_DATA:
                raise RemoteProtocolError(f"more than {MAX_DATA} responses to one command")
            lines.append(event)

    async def _event(self) -> Event:
        while (frame := self._framer.next_frame()) is None:
            data = await self._stream.read()
            if not data:
                raise LineLost("the server closed the connection")
            self._framer.feed(data)
        return parse_response(frame)

    def _note_capabilities(self, status: Status) -> None:
        if status.code == "CAPABILITY":
            self.capabilities = frozenset(status.argument.decode("ascii", "replace").upper().split())


def _number(codes: dict[str, bytes], name: str) -> int:
    value = codes.get(name, b"0")
    return int(value) if value.isdigit() else 0


def _listed(values: list[Value]) -> Listed:
    if len(values) != 3 or not isinstance(values[0], list) or not isinstance(values[2], bytes):
        raise RemoteProtocolError("a LIST response is not (attributes) delimiter name")
    delimiter = values[1].decode("utf-8", "replace") if isinstance(values[1], bytes) else ""
    attributes = frozenset(value.decode("ascii", "replace").lower() for value in values[0] if isinstance(value, bytes))
    return Listed(utf7.decode(values[2]), values[2].decode("utf-8", "surrogateescape"), delimiter, attributes)
