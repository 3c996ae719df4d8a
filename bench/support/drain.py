"""The bytes of an answer over TLS, read and thrown away: no client can be faster than this on the same machine."""

import socket
import ssl
import sys
import time

from bench.support.server import LOGIN, SECRET


class Drain:
    """A blocking client that looks for nothing but the end of each answer."""

    def __init__(self, host: str, port: int, ca_file: str) -> None:
        context = ssl.create_default_context(cafile=ca_file)
        self.line = context.wrap_socket(socket.create_connection((host, port), timeout=600), server_hostname=host)
        self.line.recv(4096)
        self.said("LOGIN", LOGIN, f'"{SECRET}"')

    def said(self, *words: str) -> bytes:
        """The answer to a short command."""
        self.line.sendall(f"a {' '.join(words)}\r\n".encode())
        answer = b"\n"
        while not _is_over(answer):
            answer += self.line.recv(65536)
        return answer

    def drain(self, command: str) -> int:
        """How many bytes the answer to a long command has."""
        self.line.sendall(f"a {command}\r\n".encode())
        count, end, buffer = 0, b"\n", bytearray(262144)
        while not _is_over(end):
            size = self.line.recv_into(buffer)
            count += size
            end = (end + bytes(buffer[max(0, size - 200) : size]))[-200:]
        return count


def _is_over(end: bytes) -> bool:
    """Whether the last line is the tagged one; what does not begin with a line's end is the rest of a longer line."""
    return end.endswith(b"\n") and end[end.rfind(b"\n", 0, -1) :].startswith(b"\na ")


def main(host: str, port: str, ca_file: str, items: str) -> None:
    """Print the seconds from connecting to the last byte."""
    begun = time.perf_counter()
    drain = Drain(host, int(port), ca_file)
    drain.said("EXAMINE", "INBOX")
    size = drain.drain(f"UID FETCH 1:* {items}")
    print(time.perf_counter() - begun, size)


def resync(host: str, port: str, ca_file: str, times: str) -> None:
    """Print the median seconds of connect, login and a QRESYNC select of what did not change."""
    known = Drain(host, int(port), ca_file)
    known.said("ENABLE", "QRESYNC")
    said = known.said("EXAMINE", "INBOX").decode()
    numbers = [said.split(f"[{word} ")[1].split("]")[0] for word in ("UIDVALIDITY", "HIGHESTMODSEQ")]
    took = []
    for _ in range(int(times)):
        begun = time.perf_counter()
        drain = Drain(host, int(port), ca_file)
        drain.said("ENABLE", "QRESYNC")
        drain.said("EXAMINE", "INBOX", f"(QRESYNC ({' '.join(numbers)}))")
        took.append(time.perf_counter() - begun)
    print(sorted(took)[len(took) // 2], 0)


if __name__ == "__main__":
    {"drain": main, "resync": resync}[sys.argv[1]](*sys.argv[2:])
