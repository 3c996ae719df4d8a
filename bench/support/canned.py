"""An IMAP server of one mailbox with any number of messages, none of which it has: what it says is made as it is asked.

Every message says that it has 50 MB, so that nobody fetches its bytes unasked.
"""

import asyncio
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.support.server import Served
from tests.support.certificates import Authority

HOST = "127.0.0.1"
AT_ONCE = 500
CAPABILITIES = "IMAP4rev1 ENABLE IDLE UIDPLUS LIST-EXTENDED LIST-STATUS CONDSTORE QRESYNC ESEARCH"
_RANGES = re.compile(r"(\d+)(?::(\d+))?")
_HEAD = 'UID {0} FLAGS (\\Seen) MODSEQ (7) INTERNALDATE "{1:02}-Nov-20{2:02} 10:00:00 +0000" RFC822.SIZE 50000000'
_ENVELOPE = (
    ' ENVELOPE ("Tue, 24 Nov 2026 10:00:00 +0000" "=?UTF-8?B?5oql5Lu35Y2V?= {0}"'
    ' (("Li Lei" NIL "lilei{3}" "example.cn"))'
    ' (("Li Lei" NIL "lilei{3}" "example.cn")) (("Li Lei" NIL "lilei{3}" "example.cn"))'
    ' (("Anna" NIL "anna" "example.com")) NIL NIL NIL "<{0}@example.cn>")'
)


class Canned:
    """What one connection is told."""

    def __init__(self, count: int) -> None:
        self._numbers = f"MESSAGES {count} UIDNEXT {count + 1} UIDVALIDITY 7 UNSEEN 0 HIGHESTMODSEQ 9"
        self._count = count

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"* OK [CAPABILITY {CAPABILITIES}] ready\r\n".encode())
        while line := await reader.readline():
            tag, _, said = line.decode().rstrip().partition(" ")
            for piece in self._answer(tag, said):
                writer.write(piece.encode())
                await writer.drain()
            writer.write(f"{tag} OK done\r\n".encode())
        writer.close()

    def _answer(self, tag: str, said: str) -> Iterator[str]:
        verb, count = said.split(" ")[0].upper(), self._count
        if verb == "CAPABILITY":
            yield f"* CAPABILITY {CAPABILITIES}\r\n"
        elif verb == "ENABLE":
            yield "* ENABLED QRESYNC\r\n"
        elif verb in ("LIST", "LSUB"):
            yield f'* {verb} (\\Subscribed) "/" INBOX\r\n' + f"* STATUS INBOX ({self._numbers})\r\n"
        elif verb == "STATUS":
            yield f"* STATUS INBOX ({self._numbers})\r\n"
        elif verb in ("SELECT", "EXAMINE"):
            codes = f"* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT {count + 1}] .\r\n* OK [HIGHESTMODSEQ 9] .\r\n"
            yield f"* {count} EXISTS\r\n{codes}"
        elif said.upper().startswith("UID SEARCH"):
            yield f'* ESEARCH (TAG "{tag}") UID ALL 1:{count}\r\n'
        elif said.upper().startswith("UID FETCH"):
            yield from self._fetched(said)

    def _fetched(self, said: str) -> Iterator[str]:
        envelope = _ENVELOPE if "ENVELOPE" in said else ""
        if "CHANGEDSINCE" in said:
            return
        for low, high in _RANGES.findall(said.split(" ")[2]):
            for start in range(int(low), int(high or low) + 1, AT_ONCE):
                uids = range(start, min(start + AT_ONCE, int(high or low) + 1))
                yield "".join(self._message(uid, envelope) for uid in uids)

    @staticmethod
    def _message(uid: int, envelope: str) -> str:
        day, year = 1 + uid // 60 % 28, 1 + uid // 25_000
        return f"* {uid} FETCH ({(_HEAD + envelope).format(uid, day, year, uid % 5000)})\r\n"


async def main(count: int, chain: str, key: str) -> None:
    """Serve; print the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server = await asyncio.start_server(Canned(count).serve, HOST, 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving_canned(folder: Path, count: int) -> Iterator[Served]:
    """The server in a process of its own."""
    authority = Authority()
    files = [authority.good.chain_file, authority.good.key_file]
    words = [sys.executable, "-m", "bench.support.canned", str(count), *map(str, files)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            yield Served(HOST, int(server.stdout.readline()), authority.ca_file, folder, count)
        finally:
            server.kill()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
