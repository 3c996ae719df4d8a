"""The web half: the pages, served by uvicorn."""

import asyncio
import importlib
import sys
from typing import Any

import uvicorn

from yizhan.net.listening import adopt, listen
from yizhan.runtime.limits import WEB_STOP_S
from yizhan.services.owners.setup import has_owner, make_link
from yizhan.services.owners.vault import open_vault

APPLICATION = "yizhan.runtime.asgi:application"
_EVERYWHERE = ("", "0.0.0.0", "::", "127.0.0.1", "::1")  # noqa: S104 - compared, not bound


class _Server(uvicorn.Server):
    """Says where it is once it can be reached."""

    address = ""

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            await asyncio.to_thread(_announce, self.address)


def run_web(host: str, port: int, descriptor: int | None) -> None:
    """Serve until SIGTERM or SIGINT; raises what keeps it from starting (`PortTaken`, `KeyMissing`)."""
    open_vault()
    listening = listen(host, port) if descriptor is None else adopt(descriptor)
    importlib.import_module("yizhan.runtime.asgi")  # an error in the pages is shown before anybody is told to come
    # No access log: the path of the set-up link is a secret.
    config = uvicorn.Config(
        APPLICATION, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=WEB_STOP_S
    )
    server = _Server(config)
    server.address = f"http://{'localhost' if host in _EVERYWHERE else host}:{port}"
    server.run(sockets=[listening])


def _announce(address: str) -> None:
    """To the terminal only: whoever has the set-up link owns this Yizhan."""
    if has_owner():
        sys.stdout.write(f"Yizhan is at {address}\n")
    else:
        sys.stdout.write(f"Set Yizhan up, once, within a day: {address}/setup/{make_link().reveal()}\n")
    sys.stdout.flush()
