"""The IMAP server of one persona: reads commands, finds their verb, answers."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter

from yizhan.sandbox import verbs_early, verbs_opened, verbs_signed_in
from yizhan.sandbox.commands import ClientGone, Command, CommandWrong, read_command, read_line
from yizhan.sandbox.limits import (
    EARLY_SECONDS,
    GOODBYE_SECONDS,
    IDLE_SECONDS,
    MAX_BAD_COMMANDS,
    MAX_CONNECTIONS,
    MAX_LINE,
)
from yizhan.sandbox.personas import Persona
from yizhan.sandbox.session import Refused, Session, State
from yizhan.sandbox.world import World

VERBS = verbs_early.VERBS | verbs_signed_in.VERBS | verbs_opened.VERBS


class ImapServer:
    """Listens on a free port of loopback, TLS from the first byte."""

    def __init__(self, world: World, persona: Persona) -> None:
        self._world = world
        self._persona = persona
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, context: ssl.SSLContext) -> int:
        """The port."""
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, ssl=context, ssl_shutdown_timeout=GOODBYE_SECONDS, limit=MAX_LINE
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Everybody's connection ends at once."""
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            if len(self._serving) > MAX_CONNECTIONS:
                writer.write(b"* BYE too many connections\r\n")
                return
            await self._converse(reader, writer)
        except (ClientGone, TimeoutError, OSError):
            pass  # theirs to end; nothing is left half done
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            await _let_go(writer)

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        session = Session(self._world, self._persona, send, lambda: read_line(reader))
        bad = 0
        try:
            greeting = self._persona.greeting.replace("{session}", session.id)
            await session.say(b"OK " + greeting.encode())
            while session.state is not State.LOGOUT and bad < MAX_BAD_COMMANDS:
                seconds = EARLY_SECONDS if session.person is None else IDLE_SECONDS
                try:
                    command = await asyncio.wait_for(read_command(reader, writer, session.max_literal), seconds)
                    status = await carry_out(session, command)
                    bad = 0
                except CommandWrong as wrong:
                    bad += 1
                    status = wrong.tag + b" BAD " + wrong.text.encode()
                await send(status + b"\r\n")
        finally:
            session.end()


async def _let_go(writer: StreamWriter) -> None:
    """What was written still arrives, unless the client does not take it."""
    writer.close()
    try:
        await asyncio.wait_for(writer.wait_closed(), GOODBYE_SECONDS)
    except (TimeoutError, OSError):
        writer.transport.abort()


async def carry_out(session: Session, command: Command) -> bytes:
    """The tagged answer; raises `CommandWrong`."""
    verb = VERBS.get(command.verb)
    unknown = verb is None or (verb.needs and verb.needs not in session.capabilities)
    if verb is None or unknown:
        raise CommandWrong(session.word("unknown_command", command.verb.split()[-1]), command.tag)
    if session.state < verb.state or (command.verb in ("LOGIN", "AUTHENTICATE") and session.person is not None):
        raise CommandWrong(f"{command.verb} is not for this state", command.tag)
    try:
        text = await verb.run(session, command)
        status = f"OK {text}"
    except Refused as refused:
        status = f"NO {refused}"
    except CommandWrong as wrong:
        raise CommandWrong(wrong.text, command.tag) from None
    await session.tell_news(may_expunge=verb.may_expunge)
    return command.tag + b" " + status.encode()
