"""What an idle TLS connection costs its client in memory: ours, asyncio's own, and imapflow's on node where npm has it.

Every client signs in at the same small IMAP server and then waits; growth of its resident memory is divided by the
number of connections.  Five rounds, one client after the other in each, medians.  Fails above 40 KB for our session.
"""

import asyncio
import gc
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import trustme

from yizhan.base.secret import Secret
from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import SystemResolver
from yizhan.net.imap import ImapSession
from yizhan.net.policy import AddressPolicy
from yizhan.net.tls import client_context

CONNECTIONS = 400
WARM_UP = 20  # before the first reading: modules, the shared context, the loop's own memory
ROUNDS = 5
LIMIT_KB = 40.0
HOST = "127.0.0.1"
GREETING = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n"
NODE_CLIENT = """
const { ImapFlow } = require('imapflow');
const [port, count, warmUp] = process.argv.slice(2).map(Number);
const ca = require('fs').readFileSync(process.env.CA);
const open = async () => {
  const client = new ImapFlow({ host: '127.0.0.1', port, secure: true, logger: false, disableAutoIdle: true,
    disableAutoEnable: true, auth: { user: 'li', pass: 'word' }, tls: { ca } });
  client.on('error', () => {});
  await client.connect();
  return client;
};
const rss = async () => {
  for (let i = 0; i < 5; i++) { global.gc(); await new Promise(done => setTimeout(done, 100)); }
  return process.memoryUsage().rss / 1024;
};
(async () => {
  const held = [];
  for (let i = 0; i < warmUp; i++) held.push(await open());
  const before = await rss();
  for (let i = 0; i < count; i++) held.push(await open());
  console.log(((await rss()) - before) / count);
  process.exit(0);
})().catch(error => { console.error(error); process.exit(1); });
"""

Held = list[object]


async def _ours(port: int, ca_pem: str, held: Held) -> None:
    stream = await DirectDialer(SystemResolver(), AddressPolicy()).dial(HOST, port)
    await stream.start_tls(client_context(ca_pem), HOST)
    session = ImapSession(stream)
    await session.greeting()
    await session.login("li", Secret("word"))
    held.append((session, asyncio.create_task(stream.read())))


async def _ours_bare(port: int, ca_pem: str, held: Held) -> None:
    stream = await DirectDialer(SystemResolver(), AddressPolicy()).dial(HOST, port)
    await stream.start_tls(client_context(ca_pem), HOST)
    await stream.read()
    await stream.write(b"a LOGIN li word\r\n")
    await stream.read()
    held.append((stream, asyncio.create_task(stream.read())))


async def _asyncio(port: int, ca_pem: str, held: Held) -> None:
    reader, writer = await asyncio.open_connection(HOST, port, ssl=client_context(ca_pem), server_hostname=HOST)
    await reader.readline()
    writer.write(b"a LOGIN li word\r\n")
    await reader.readline()
    held.append((writer, asyncio.create_task(reader.read(1))))


CLIENTS: dict[str, Callable[[int, str, Held], Awaitable[None]]] = {
    "ours, an IMAP session": _ours,
    "ours, the stream alone": _ours_bare,
    "asyncio's streams": _asyncio,
}


def _rss_kb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


async def _measure(name: str, port: int, ca_pem: str) -> float:
    """KB a connection."""
    held: Held = []
    for _ in range(WARM_UP):
        await CLIENTS[name](port, ca_pem, held)
    await asyncio.sleep(0.3)
    before = _rss_kb()
    for _ in range(CONNECTIONS):
        await CLIENTS[name](port, ca_pem, held)
    await asyncio.sleep(0.3)
    return (_rss_kb() - before) / CONNECTIONS


async def _serve(chain: str) -> None:
    """Says OK to every command of everybody; prints its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ssl.SSLError):
            writer.write(GREETING)
            while line := await reader.readline():
                writer.write(line.split(b" ")[0] + b" OK done\r\n" if b" " in line else b"")
        writer.transport.abort()

    server = await asyncio.start_server(talk, HOST, 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _imapflow(folder: Path) -> Path | None:
    """A script that measures imapflow, or nothing if node or the package cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "imapflow"]
    if subprocess.run(install, cwd=folder, capture_output=True, check=False, timeout=180).returncode:
        return None
    script = folder / "client.js"
    script.write_text(NODE_CLIENT, encoding="utf-8")
    return script


def _run(command: list[str], ca_file: Path) -> float:
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "CA": str(ca_file)})
    return float(done.stdout)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
        authority.cert_pem.write_to_path(folder / "ca.pem")
        authority.issue_cert(HOST, key_type=trustme.KeyType.ECDSA).private_key_and_cert_chain_pem.write_to_path(
            folder / "server.pem"
        )
        script = _imapflow(folder)
        server = subprocess.Popen(
            [sys.executable, __file__, "serve", str(folder / "server.pem")], stdout=subprocess.PIPE
        )
        try:
            assert server.stdout is not None
            port = server.stdout.readline().decode().strip()
            commands = {each: [sys.executable, __file__, "measure", each, port] for each in CLIENTS}
            if script is not None:
                node = ["node", "--expose-gc", str(script), port, str(CONNECTIONS), str(WARM_UP)]
                commands["imapflow on node"] = node
            found: dict[str, list[float]] = {each: [] for each in commands}
            for _ in range(ROUNDS):
                for each, command in commands.items():
                    found[each].append(_run(command, folder / "ca.pem"))
        finally:
            server.kill()
            server.wait()
    _report(found)


def _report(found: dict[str, list[float]]) -> None:
    print(f"KB an idle TLS connection, {CONNECTIONS} of them, {ROUNDS} rounds: median (lowest to highest)")
    for each, values in found.items():
        print(f"  {each:<24} {statistics.median(values):7.1f}  ({min(values):.1f} to {max(values):.1f})")
    if "imapflow on node" not in found:
        print("  imapflow on node         not measured: no node or no package")
    ours = statistics.median(found["ours, an IMAP session"])
    if ours > LIMIT_KB:
        sys.exit(f"an idle session takes {ours:.1f} KB, more than {LIMIT_KB:g}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", chain]:
            asyncio.run(_serve(chain))
        case ["measure", name, port]:
            print(asyncio.run(_measure(name, int(port), Path(os.environ["CA"]).read_text(encoding="ascii"))))
        case _:
            main()
