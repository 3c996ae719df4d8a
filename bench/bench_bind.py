"""From a click on "bind" to the verdict, with servers that take 200 ms for every answer.

The question is left in the store as a page leaves it, and a running engine answers it; half of the binds come one after
another, half all at once.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from statistics import median, quantiles

ANSWER_S = 0.2
BINDS = 20
WANTED_S = 10.0
_HOME = tempfile.TemporaryDirectory(prefix="yz-bench-")
os.environ.update(YIZHAN_HOME=_HOME.name, YIZHAN_LANG="en")

from yizhan.runtime.boot import boot  # noqa: E402 - the home is named first

boot()

from yizhan.base.ids import RequestId  # noqa: E402
from yizhan.base.secret import Secret  # noqa: E402
from yizhan.services.accounts.asking import ask_bind, read_asked  # noqa: E402
from yizhan.services.accounts.forms import BindForm  # noqa: E402
from yizhan.services.owners.setup import Scope, scope_of_home  # noqa: E402
from yizhan.services.owners.vault import open_vault  # noqa: E402


async def talk_imap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(ANSWER_S)
    writer.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
    while line := await reader.readline():
        tag, _, rest = line.partition(b" ")
        word = rest.split()[0].upper()
        said = {
            b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
            b"EXAMINE": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1] v\r\n* OK [UIDNEXT 1] n\r\n",
            b"LIST": b'* LIST () "/" INBOX\r\n',
            b"STATUS": b"* STATUS INBOX (UNSEEN 0)\r\n",
        }.get(word, b"")
        await asyncio.sleep(ANSWER_S)
        writer.write(said + tag + b" OK done\r\n")
    writer.close()


async def talk_smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(ANSWER_S)
    writer.write(b"220 ready\r\n")
    while line := await reader.readline():
        word = line.split()[0].upper()
        await asyncio.sleep(ANSWER_S)
        writer.write({b"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 ok\r\n"}.get(word, b"250 ok\r\n"))
    writer.close()


def start_servers() -> tuple[int, int]:
    ports: list[int] = []
    ready = threading.Event()

    async def serve() -> None:
        servers = [await asyncio.start_server(talk, "127.0.0.1", 0) for talk in (talk_imap, talk_smtp)]
        ports.extend(server.sockets[0].getsockname()[1] for server in servers)
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait(10)
    return ports[0], ports[1]


def ask(scope: Scope, ports: tuple[int, int], name: str) -> RequestId:
    servers = {"imap": f"127.0.0.1:{ports[0]}/plain", "smtp": f"127.0.0.1:{ports[1]}/plain"}
    return ask_bind(scope, BindForm(f"{name}@example.com", Secret("made-up"), **servers))


def wait_for(scope: Scope, request_id: RequestId, begun: float) -> float:
    while (asked := read_asked(scope, request_id, "en"))["state"] in ("waiting", "running"):
        time.sleep(0.02)
    if asked["state"] != "done":
        raise RuntimeError(f"{asked['error']} {asked['diagnosis']}")
    return time.monotonic() - begun


def show(name: str, found: list[float]) -> None:
    print(f"{name:<22} median {median(found):5.2f} s, p95 {quantiles(found, n=20)[-1]:5.2f} s ({len(found)} binds)")


def main() -> None:
    open_vault()
    scope, ports = scope_of_home(), start_servers()
    engine = subprocess.Popen([sys.executable, "-m", "yizhan.cli", "engine"], stderr=subprocess.DEVNULL)
    try:
        wait_for(scope, ask(scope, ports, "warm"), time.monotonic())
        alone = []
        for number in range(BINDS):
            begun = time.monotonic()
            alone.append(wait_for(scope, ask(scope, ports, f"one{number}"), begun))
        begun = time.monotonic()
        asked = [ask(scope, ports, f"all{number}") for number in range(BINDS)]
        together = [wait_for(scope, each, begun) for each in asked]
    finally:
        engine.terminate()
        engine.wait(15)
    show("one after another", alone)
    show(f"{BINDS} at one host at once", together)
    print(f"wanted: p95 of one bind under {WANTED_S:g} s; many at one host wait for that host's pace")


if __name__ == "__main__":
    main()
