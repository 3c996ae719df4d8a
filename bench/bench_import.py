"""500 accounts bound from one CSV file, on a real Dovecot and a scripted SMTP server; what holds it back is the pace.

Each server is signed in to at most once in HOST_GAP_S, so the file cannot be done faster than rows times that gap; the
ratio to it is the figure.  Memory: the peak of the importing command, beside the peak of the same command with one row.
"""

import asyncio
import csv
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.support.certificates import Authority
from tests.support.dovecot import Dovecot, start_dovecot
from tests.support.places import RUN_VARIABLE
from yizhan.runtime.limits import HOST_GAP_S

ROWS = 500
WANTED_MB = 200.0


async def talk_smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes everybody in; the mail server's part is Dovecot's here."""
    writer.write(b"220 ready\r\n")
    while line := await reader.readline():
        word = line.split()[0].upper()
        writer.write({b"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 ok\r\n"}.get(word, b"250 ok\r\n"))
    writer.close()


def start_smtp() -> int:
    """The port of a server that runs as long as this process."""
    ports: list[int] = []
    ready = threading.Event()

    async def serve() -> None:
        server = await asyncio.start_server(talk_smtp, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait(10)
    return ports[0]


def write_rows(file: Path, dovecot: Dovecot, smtp_port: int, numbers: range) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["address", "secret", "imap", "smtp"])
        for number in numbers:
            address, secret = f"person{number}@example.test", f"made-up {number}"
            dovecot.add_user(address, secret)
            rows.writerow([address, secret, dovecot.plain, f"127.0.0.1:{smtp_port}/plain"])


def run_import(file: Path, home: Path) -> tuple[float, float]:
    """Seconds on the wall, and the peak of resident memory in MB.  Fails unless every row is bound."""
    words = [sys.executable, "-m", "yizhan.cli", "accounts", "import", str(file)]
    begun = time.monotonic()
    with (home / "said").open("wb") as said:
        command = subprocess.Popen(words, env={**os.environ, "YIZHAN_HOME": str(home)}, stdout=said, stderr=said)
        _, status, used = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    if command.returncode:
        raise RuntimeError((home / "said").read_text(encoding="utf-8")[-2000:])
    return time.monotonic() - begun, used.ru_maxrss / 1024


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="yz-bench-") as name:
        folder, home = Path(name), Path(name) / "home"
        folder.chmod(0o755)  # Dovecot's parts give up being root and must reach their files
        home.mkdir(mode=0o700)
        os.environ[RUN_VARIABLE] = name
        dovecot = start_dovecot(Authority())
        try:
            smtp_port = start_smtp()
            write_rows(folder / "one.csv", dovecot, smtp_port, range(1))
            write_rows(folder / "all.csv", dovecot, smtp_port, range(1, ROWS + 1))
            _, idle_mb = run_import(folder / "one.csv", home)
            wall, peak_mb = run_import(folder / "all.csv", home)
        finally:
            dovecot.stop()
    floor = ROWS * HOST_GAP_S
    print(f"import of {ROWS} accounts: {wall:.1f} s, {ROWS / wall:.1f} accounts a second")
    print(f"  the pace of one host allows {1 / HOST_GAP_S:g} a second: {floor:.1f} s; ratio {wall / floor:.2f}")
    print(f"  peak memory {peak_mb:.0f} MB, with one row {idle_mb:.0f} MB: {peak_mb - idle_mb:.0f} MB more")
    print(f"wanted: held back by the pace of the host, and less than {WANTED_MB:g} MB more")
    return peak_mb - idle_mb > WANTED_MB


if __name__ == "__main__":
    sys.exit(main())
