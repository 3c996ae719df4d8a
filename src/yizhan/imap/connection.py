"""One connection without its wire: commands and bytes in, bytes and events out (RFC 9051 §2.2).

    tag = connection.send(command)
    ... connection.bytes_to_send() goes out, what comes in goes to connection.receive_data(...)
    while (event := connection.next_event()) is not None: ...

Three rules hold it together.  A command waits in line until it may be under way beside those that are (§5.5).  While
a literal waits for the server's `+`, nothing else is written.  An event names the command that it answers, or none.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from yizhan.imap import sasl
from yizhan.imap.capabilities import Capabilities
from yizhan.imap.commands import Command, ending_with_crlf
from yizhan.imap.deflate import Compression
from yizhan.imap.encoder import Part, announce
from yizhan.imap.errors import InjectedResponse, LocalProtocolError, RemoteProtocolError
from yizhan.imap.frames import Framer
from yizhan.imap.grammar import Dialect
from yizhan.imap.limits import MAX_CHALLENGES, MAX_IN_FLIGHT, MAX_JOINED
from yizhan.imap.quirks import NONE, Quirk, Quirks
from yizhan.imap.responses import parse_response
from yizhan.imap.states import INITIAL, SIGNED_IN, Signal, State, step
from yizhan.imap.types import (
    CapabilityData,
    Continuation,
    Enabled,
    ESearch,
    Fetched,
    Response,
    SearchData,
    Status,
    StatusData,
)

STARS = b"******"
Trace = Callable[[Literal["C", "S"], bytes], None]
# Commands during which a server may not send EXPUNGE (RFC 9051 §7.5.1); message numbers stand still beside them.
_NUMBERS_STAND = {"FETCH", "STORE", "SEARCH"}


class Event(NamedTuple):
    """One response; `tag` is that of the command which it answers, or empty.  A tagged `Status` ends its command."""

    response: Response
    tag: bytes


@dataclass(slots=True)
class _UnderWay:
    """A command from `send` to its tagged answer."""

    tag: bytes
    command: Command
    parts: deque[Part]
    waits: bool = False  # for a `+`
    challenges: int = 0
    secrets: list[bytes] = field(default_factory=list)  # what a transcript of its answer must not repeat


class Connection:
    """The client's side.  After a `RemoteProtocolError` it is of no more use.

    `trace` is given every line both ways, before compression, with the secrets struck out.
    """

    def __init__(self, quirks: Quirks = NONE, trace: Trace | None = None) -> None:
        self.state = INITIAL
        self.capabilities = Capabilities()
        self.enabled: frozenset[str] = frozenset()
        self._quirks = quirks
        self._dialect = Dialect(quirks)
        self._trace = trace
        self._framer = Framer()
        self._compression: Compression | None = None
        self._awaits_tls = False
        self._number = 0
        self._waiting: deque[_UnderWay] = deque()
        self._under_way: dict[bytes, _UnderWay] = {}
        self._outgoing: list[bytes] = []

    # ---- out ----

    def send(self, command: Command) -> bytes:
        """Put a command in line and give its tag; raises `LocalProtocolError` if the state does not allow it."""
        if command.states.isdisjoint({self.state}):
            raise LocalProtocolError(f"{command.name} is not allowed in the state {self.state}")
        if command.name == "APPEND" and Quirk.APPEND_ENDS_WITH_CRLF in self._quirks:
            command = ending_with_crlf(command)
        self._number += 1
        tag = b"Y%d" % self._number
        self._waiting.append(_UnderWay(tag, command, deque()))
        self._advance()
        return tag

    def bytes_to_send(self) -> bytes:
        """What is to be written now; a large literal comes alone and is not copied, so ask until nothing is left."""
        large = (at for at, each in enumerate(self._outgoing) if len(each) > MAX_JOINED)
        count = max(1, next(large, len(self._outgoing)))
        data = b"".join(self._outgoing[:count])
        del self._outgoing[:count]
        return data

    def done(self, tag: bytes) -> None:
        """End IDLE (RFC 2177 §3); nothing if it has ended by itself."""
        if tag in self._under_way:
            self._write(self._under_way[tag], [Part(b"DONE\r\n")])

    def abandon(self, tag: bytes) -> bool:
        """Nobody waits for this command any more.  False: its end would change what follows, so close the line."""
        for at, each in enumerate(self._waiting):
            if each.tag == tag:
                del self._waiting[at]
                return True
        under_way = self._under_way.get(tag)
        return under_way is None or not (under_way.command.alone or under_way.parts)

    def _advance(self) -> None:
        """Begin every command in line that may be under way beside the others."""
        while self._waiting and self._may_begin(self._waiting[0].command):
            begun = self._waiting.popleft()
            self._under_way[begun.tag] = begun
            begun.parts.extend(self._encode(begun))
            self._write_parts(begun)

    def _may_begin(self, command: Command) -> bool:
        others = [each.command for each in self._under_way.values()]
        if not others:
            return True
        if command.alone or len(others) >= MAX_IN_FLIGHT or self._awaits_tls:
            return False
        if any(each.command.alone or each.parts for each in self._under_way.values()):
            return False
        if command.numbered and any(other.name not in _NUMBERS_STAND for other in others):
            return False
        return not any(_confusable(command, other) for other in others)

    def _encode(self, begun: _UnderWay) -> list[Part]:
        command = begun.command
        parts = [Part(begun.tag + b" "), *command.parts]
        if command.mechanism is not None and self.capabilities.has("SASL-IR"):  # RFC 4959
            first = command.mechanism.first()
            if first is not None:
                parts.append(Part(b" "))
                parts.append(Part(sasl.encode(first) or b"=", secret=True))
                begun.challenges = 1
        begun.secrets = [part.data.strip(b'"') for part in parts if part.secret and part.data.strip(b'"')]
        return [*parts, Part(b"\r\n")]

    def _write_parts(self, begun: _UnderWay) -> None:
        """Write as far as no `+` is needed."""
        ready: list[Part] = []
        limit = self.capabilities.literal_limit
        while begun.parts:
            part = begun.parts.popleft()
            if part.literal:
                synchronizing = limit is not None and len(part.data) > limit
                ready.append(Part(announce(part, synchronizing=synchronizing)))
                part = part._replace(literal=False)
                if synchronizing:
                    begun.parts.appendleft(part)
                    begun.waits = True
                    break
            ready.append(part)
        self._write(begun, ready)

    def _write(self, begun: _UnderWay, parts: list[Part]) -> None:
        if self._trace is not None:
            begun.secrets.extend(part.data for part in parts if part.secret and part.data not in begun.secrets)
            self._trace("C", b"".join([STARS if part.secret else part.data for part in parts]))
        pieces = [part.data for part in parts]
        self._outgoing += pieces if self._compression is None else [self._compression.pack(b"".join(pieces))]

    # ---- in ----

    def receive_data(self, data: bytes) -> None:
        """What came over the wire; empty for its end.  Raises `InjectedResponse` before TLS has begun."""
        if not data:
            self._step(Signal.END)
        elif self._awaits_tls:
            raise InjectedResponse("the server sent bytes before the TLS handshake; someone may be in between")
        elif self._compression is not None:
            self._compression.feed(data)
        else:
            self._framer.feed(data)

    def tls_started(self) -> None:
        """The handshake is done; what was said before it may be a lie and is forgotten (RFC 9051 §6.2.1)."""
        self._awaits_tls = False
        self.capabilities = Capabilities()
        self._advance()

    def next_event(self) -> Event | None:
        """The next event, or None until more bytes come.  Raises `RemoteProtocolError`."""
        while True:
            frame = self._framer.next_frame()
            if frame is None:
                unpacked = self._compression.unpack() if self._compression is not None else b""
                if not unpacked:
                    return None
                self._framer.feed(unpacked)
                continue
            if self._trace is not None:
                self._trace("S", self._struck(frame.text))
            event = self._take(parse_response(frame, self._dialect))
            if event is not None:
                return event

    def _struck(self, text: bytes) -> bytes:
        """A server may say back what it was told."""
        for each in self._under_way.values():
            for secret in each.secrets:
                text = text.replace(secret, STARS)
        return text

    def _take(self, response: Response) -> Event | None:
        if self.state is State.GREETING:
            return self._greet(response)
        if isinstance(response, Fetched):  # first: there are a hundred thousand of them to one of the others
            return Event(response, self._who_fetches(response))
        if isinstance(response, Continuation):
            return self._continue(response)
        if isinstance(response, Status):
            if response.tag:
                return self._finish(response)
            if response.status == "BYE":
                self._step(Signal.END)
        if isinstance(response, CapabilityData):
            self.capabilities = Capabilities(response.words, self._quirks)
        elif isinstance(response, Enabled):
            self.enabled |= {word.upper() for word in response.words}
            self._dialect.utf8 = "UTF8=ACCEPT" in self.enabled
        return Event(response, self._asked_by(response))

    def _greet(self, response: Response) -> Event:
        if not isinstance(response, Status) or response.tag or response.status not in ("OK", "PREAUTH", "BYE"):
            raise RemoteProtocolError("the server's first line is no greeting")
        signal = {"OK": Signal.GREETED, "PREAUTH": Signal.PREAUTH, "BYE": Signal.END}[response.status]
        self._step(signal)
        self._note_capabilities(response)
        return Event(response, b"")

    def _continue(self, response: Continuation) -> Event | None:
        for each in self._under_way.values():
            if each.command.mechanism is not None:
                self._answer_challenge(each, each.command.mechanism, response.text)
                return None
            if each.waits:
                each.waits = False
                self._write_parts(each)
                self._advance()
                return None
            if each.command.name == "IDLE":
                return Event(response, each.tag)
        return Event(response, b"")  # some servers send `+` for a literal that needs none

    def _answer_challenge(self, each: _UnderWay, mechanism: sasl.Mechanism, text: bytes) -> None:
        each.challenges += 1
        if each.challenges > MAX_CHALLENGES:
            raise RemoteProtocolError(f"more than {MAX_CHALLENGES} challenges in one sign-in")
        first = mechanism.first() if each.challenges == 1 else None
        answer = mechanism.respond(sasl.decode(text)) if first is None else first
        self._write(each, [Part(sasl.encode(answer), secret=bool(answer)), Part(b"\r\n")])

    def _finish(self, status: Status) -> Event:
        ended = self._under_way.pop(status.tag, None)
        if ended is None:
            raise RemoteProtocolError("the server answers a command that was not sent")
        if status.status == "OK":
            if ended.parts:
                raise RemoteProtocolError("the server accepts a command that it has not seen whole")
            self._succeed(ended.command, status)
        elif ended.command.signal is Signal.SELECT and self.state in SIGNED_IN:
            self._step(Signal.DESELECT)  # RFC 9051 §6.3.2: a refused SELECT leaves no mailbox selected
        self._advance()
        return Event(status, status.tag)

    def _succeed(self, command: Command, status: Status) -> None:
        if command.mechanism is not None:
            command.mechanism.finish()
        if command.signal is not None:
            self._step(command.signal)
        if command.signal in (Signal.AUTHENTICATE, Signal.UNAUTHENTICATE):
            self.capabilities = Capabilities()  # other people are shown other things
        self._note_capabilities(status)
        if command.name == "STARTTLS":
            if self._framer.pending:
                raise InjectedResponse("the server sent more with its answer to STARTTLS; someone may be in between")
            self._awaits_tls = True
        elif command.name == "COMPRESS":
            self._compression = Compression()
            self._compression.feed(self._framer.take_rest())

    def _note_capabilities(self, status: Status) -> None:
        if status.code == "CAPABILITY":
            self.capabilities = Capabilities(status.argument.decode("ascii", "replace").split(), self._quirks)

    def _step(self, signal: Signal) -> None:
        if self.state is State.LOGOUT:
            return  # OK after BYE
        try:
            self.state = step(self.state, signal)
        except LocalProtocolError as error:  # whatever we ask, the answer is the server's
            raise RemoteProtocolError(str(error)) from None
        if self.state in SIGNED_IN:
            self._framer.allow_messages()
        if signal is Signal.UNAUTHENTICATE:
            self.enabled, self._dialect.utf8 = frozenset(), False

    # ---- whose answer is it ----

    def _asked_by(self, response: Response) -> bytes:
        kind = type(response)
        if isinstance(response, ESearch) and response.tag:
            tag = response.tag.encode("ascii", "replace")
            return tag if tag in self._under_way else b""
        askers = [each for each in self._under_way.values() if kind in each.command.collects]
        if isinstance(response, StatusData) and len(askers) > 1:
            named = [each for each in askers if each.command.mailbox == response.wire_name]
            askers = named or askers
        return askers[0].tag if askers else b""

    def _who_fetches(self, fetched: Fetched) -> bytes:
        for each in self._under_way.values():
            if Fetched in each.command.collects and _wants(each.command, fetched):
                return each.tag
        return b""


def _wants(command: Command, fetched: Fetched) -> bool:
    """A FETCH response without UID, or with a UID that nobody asked for, is news (RFC 9051 §7.5.2)."""
    if command.wanted is None:
        return True
    return fetched.uid is not None and (command.wanted.is_open or fetched.uid in command.wanted)


def _confusable(one: Command, other: Command) -> bool:
    """Whether an answer could be either's.  FETCH names the UID, STATUS the mailbox, ESEARCH its command."""
    shared = one.collects & other.collects - {ESearch}
    if SearchData in shared and ESearch in one.collects and ESearch in other.collects:
        shared -= {SearchData}
    if Fetched in shared and one.name == other.name == "FETCH" and one.wanted and other.wanted:
        shared -= {Fetched}
    if one.mailbox and other.mailbox and one.mailbox != other.mailbox:
        shared -= {StatusData}
    return bool(shared)
