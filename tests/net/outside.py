"""Run inside a network namespace where an address of the outside is ours: follows a redirect from there to loopback."""

import asyncio

from tests.net.connecting import dialer
from yizhan.net.errors import HttpFailed
from yizhan.net.http import get

OUTSIDE = "93.184.216.34"


async def main() -> str:
    asked = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/inside\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "0.0.0.0", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        answer = await get(f"http://{OUTSIDE}:{port}/", dialer())
    except HttpFailed as refusal:
        return f"{len(asked)} asked; {refusal.detail}"
    return f"{len(asked)} asked; {answer.status}"


if __name__ == "__main__":
    print(asyncio.run(main()))
