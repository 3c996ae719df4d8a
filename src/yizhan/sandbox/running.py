"""The sandbox as it runs: every persona's servers and the security pages, on loopback, in one thread of its own."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

import uvicorn

from yizhan.base.clock import Clock, SystemClock
from yizhan.base.secret import Secret
from yizhan.sandbox.certificates import Authority
from yizhan.sandbox.imap import ImapServer
from yizhan.sandbox.letters import first_letters
from yizhan.sandbox.pages import Pages
from yizhan.sandbox.personas import SecretKind
from yizhan.sandbox.smtp import SmtpServer
from yizhan.sandbox.web import Asgi
from yizhan.sandbox.world import World

T = TypeVar("T")
READY_MADE = ("li", "anna")  # have an account at every persona from the start
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where one persona listens on 127.0.0.1; `smtp` is TLS from the first byte."""

    imap: int
    smtp: int
    smtp_starttls: int


class Sandbox:
    """Running from the moment it is made until `stop`; everything it held is gone then."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._authority = Authority()
        self.ca_pem = self._authority.ca_pem
        self.world = World(clock or SystemClock())
        self.ports: dict[str, Ports] = {}
        self.url = ""
        self._ending = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="sandbox", daemon=True)
        self._thread.start()
        ready.result()

    def stop(self) -> None:
        """End every connection and wait for the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(STOP_SECONDS)

    def call(self, act: Callable[[World], T]) -> T:
        """Do something to the world in its own thread; raises what it raises."""

        async def run() -> T:
            return act(self.world)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def add_person(self, address: str, login_password: str | None = None) -> None:
        """A new account, nothing switched on and no app password made.  Raises as `World.add_person`."""
        self.call(lambda world: world.add_person(address, login_password))

    def make_secret(self, address: str, name: str = "Yizhan") -> Secret[str]:
        """What a person would get at the security page after all its steps: the secret a client signs in with."""

        def make(world: World) -> Secret[str]:
            person = world.people[address]
            person.two_step = person.two_step or person.persona.rules.two_step
            person.switch_service(True)
            if person.persona.rules.secret in (SecretKind.PASSWORD, SecretKind.OAUTH):
                return person.login_password
            return person.make_app_password(name, world.clock.now()).secret

        return self.call(make)

    @property
    def routes(self) -> dict[str, int]:
        """`imap.mail.ru:993` to the port here, for every real host and port that leads to this sandbox."""
        found: dict[str, int] = {}
        for persona in self.world.personas.values():
            ports = self.ports[persona.id]
            found |= dict.fromkeys(persona.imap_hosts, ports.imap)
            for host in persona.smtp_hosts:
                name, _, security = host.partition("/")
                found[name] = ports.smtp if security == "tls" else ports.smtp_starttls
        return found

    @property
    def security_urls(self) -> dict[str, str]:
        """Each persona's security page."""
        return {persona_id: f"{self.url}/{persona_id}/" for persona_id in self.world.personas}

    def _run(self, ready: "Future[None]") -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve(ready))
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _serve(self, ready: "Future[None]") -> None:
        servers: list[ImapServer | SmtpServer] = []
        for persona in self.world.personas.values():
            hosts = [host.partition(":")[0] for host in (*persona.imap_hosts, *persona.smtp_hosts)]
            context = self._authority.server_context(list(dict.fromkeys(hosts)))
            imap, smtp = ImapServer(self.world, persona), SmtpServer(self.world, persona)
            self.ports[persona.id] = Ports(await imap.start(context), *await smtp.start(context))
            servers += [imap, smtp]
            for name in READY_MADE:
                self._make_ready(f"{name}@{persona.domains[0]}")
        web, serving = await self._start_pages()
        ready.set_result(None)
        await self._ending.wait()
        for server in servers:
            await server.stop()
        web.should_exit = web.force_exit = True
        await serving

    def _make_ready(self, address: str) -> None:
        person = self.world.add_person(address)
        for raw, at in first_letters(person.address, self.world.clock.now()):
            self.world.deliver(person.address, raw, at)

    async def _start_pages(self) -> tuple[uvicorn.Server, "asyncio.Task[None]"]:
        application = Asgi(Pages(self.world).respond)
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        application.hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        config = uvicorn.Config(
            application,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level=logging.ERROR,
            access_log=False,
        )
        server = uvicorn.Server(config)
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        return server, serving
