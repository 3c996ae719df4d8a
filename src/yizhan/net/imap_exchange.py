"""Carries one IMAP connection's bytes: commands in, answers out, whoever waits reads.

There is no reading task.  Of the tasks that wait for an answer one reads and gives each what is its own; when it goes,
the next takes its place.  So nothing is left running, and STARTTLS finds nobody at the wire.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from yizhan.base.errors import YizhanError
from yizhan.imap.commands import Command
from yizhan.imap.connection import Connection
from yizhan.imap.errors import CommandRefused, InjectedResponse, RemoteProtocolError
from yizhan.imap.limits import MAX_ANSWERS, MAX_UNASKED
from yizhan.imap.types import Response, Status
from yizhan.net.deadlines import deadline
from yizhan.net.errors import InjectedPlaintext, LineLost
from yizhan.net.streams import Stream

CARRY_SECONDS = 900.0  # for what may be a message on its way, or stands behind one: 256 MB at 300 KB a second


@dataclass(slots=True)
class Answer:
    """What came for one command so far; `status` is None until it has ended."""

    tag: bytes
    command: Command
    lines: deque[Response] = field(default_factory=deque)
    status: Status | None = None


class Exchange:
    """Runs commands of several tasks over one stream.

    A deadline that is missed closes the line: the answer would come to somebody who no longer listens.  A task that is
    cancelled leaves the line usable if its command changes nothing for the others, and closed otherwise.
    """

    def __init__(self, stream: Stream, connection: Connection) -> None:
        self.connection = connection
        self.unasked: deque[Response] = deque()
        self._stream = stream
        self._reading = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._pending: dict[bytes, Answer] = {}
        self._lost: YizhanError | None = None

    async def run(self, command: Command, seconds: float) -> Answer:
        """The whole answer; raises `CommandRefused`, `LineLost`, `DeadlineMissed` or `RemoteProtocolError`.

        It may take `seconds`; behind other commands longer, as long as something comes every `seconds`.
        """
        answer = self.begin(command)
        try:
            async with deadline(seconds if len(self._pending) == 1 else CARRY_SECONDS, command.name):
                await self.until(command.name, lambda: answer.status is not None, seconds)
        except BaseException as error:
            await self.leave(answer, error)
            raise
        finally:
            self.forget(answer)
        return accepted(answer)

    async def each(self, command: Command, seconds: float) -> AsyncGenerator[Response, None]:
        """The answer line by line as it comes, then its status; no silence longer than `seconds`.  Raises as `run`."""
        answer = self.begin(command)
        try:
            while answer.status is None:
                async with deadline(CARRY_SECONDS, command.name):
                    await self.until(command.name, lambda: bool(answer.lines) or answer.status is not None, seconds)
                while answer.lines:
                    yield answer.lines.popleft()
        except BaseException as error:
            await self.leave(answer, error)
            raise
        finally:
            self.forget(answer)
        if accepted(answer).status is not None:
            yield answer.status

    def begin(self, command: Command) -> Answer:
        """Put a command in line; raises `LineLost` if there is no line any more."""
        if self._lost is not None:
            raise self._failure(command.name)
        answer = Answer(self.connection.send(command), command)
        self._pending[answer.tag] = answer
        return answer

    async def greeting(self, seconds: float) -> Status:
        """The server's first line; raises as `run`."""
        try:
            async with deadline(seconds, "greeting"):
                await self.until("greeting", lambda: bool(self.unasked), seconds)
        except BaseException:
            await self.close()
            raise
        greeting = self.unasked.popleft()
        if not isinstance(greeting, Status):
            raise RemoteProtocolError("the server's first line is no greeting")
        return greeting

    async def until(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        """Write what is to be written, then read until `ready`; no silence may be longer than `seconds`."""
        await self._flush()
        while not ready():
            async with deadline(seconds, name), self._reading:
                if not ready() and self._lost is None:
                    await self._read_once()
            if self._lost is not None and not ready():
                raise self._failure(name)

    def forget(self, answer: Answer) -> None:
        self._pending.pop(answer.tag, None)

    async def leave(self, answer: Answer, why: BaseException) -> None:
        """Somebody stops waiting before the end."""
        given_up = isinstance(why, asyncio.CancelledError | GeneratorExit)
        if answer.status is None and not (given_up and self.connection.abandon(answer.tag)):
            await self._lose(LineLost("the line was closed in the middle of a command"))

    @property
    def is_lost(self) -> bool:
        """Whether the line is gone."""
        return self._lost is not None

    async def close(self) -> None:
        """Let go at once; never raises."""
        await self._lose(LineLost("the line was closed here"))

    async def _read_once(self) -> None:
        try:
            data = await self._stream.read()
            self.connection.receive_data(data)
            self._sort()
            if not data:
                raise LineLost("the server closed the connection")
        except YizhanError as error:
            await self._lose(error)
            return
        await self._flush()

    def _sort(self) -> None:
        """Give each event to whom it answers."""
        while (event := self.connection.next_event()) is not None:
            response, tag = event
            answer = self._pending.get(tag)
            if isinstance(response, Status) and response.status == "BYE" and not self._is_leaving():
                raise CommandRefused("session", "BYE", response.code, response.text)
            if answer is not None and isinstance(response, Status) and response.tag:
                answer.status = response
            elif answer is not None:
                _put(answer.lines, response, MAX_ANSWERS)
            elif not tag:
                _put(self.unasked, response, MAX_UNASKED)

    def _is_leaving(self) -> bool:
        return any(each.command.name == "LOGOUT" for each in self._pending.values())

    async def _flush(self) -> None:
        async with self._writing:
            try:
                while self._lost is None and (data := self.connection.bytes_to_send()):
                    await self._stream.write(data)
            except BaseException as error:  # half a command is on the wire
                await self._lose(error if isinstance(error, YizhanError) else LineLost("a write was broken off"))
                raise

    async def _lose(self, error: YizhanError) -> None:
        if self._lost is None:
            self._lost = error
        await self._stream.close()

    def _failure(self, name: str) -> YizhanError:
        """Why there is no line, as this command's own error."""
        lost = self._lost
        if isinstance(lost, CommandRefused):
            return CommandRefused(name, lost.status, lost.response_code, lost.text)
        if isinstance(lost, InjectedResponse):
            return InjectedPlaintext(lost.detail)
        if isinstance(lost, RemoteProtocolError):
            return RemoteProtocolError(lost.detail)
        return LineLost(lost.detail if lost is not None else "the line was closed")


def accepted(answer: Answer) -> Answer:
    """The answer if it is OK; raises `CommandRefused`."""
    status, command = answer.status, answer.command
    if status is None or status.status != "OK":
        word, code, text = (status.status, status.code, status.text) if status else ("BYE", "", b"")
        challenge = command.mechanism.challenge if command.mechanism else b""
        raise CommandRefused(command.name, word, code, text, challenge)
    return answer


def _put(lines: deque[Response], response: Response, most: int) -> None:
    if len(lines) >= most:
        raise RemoteProtocolError(f"more than {most} responses wait to be looked at")
    lines.append(response)
