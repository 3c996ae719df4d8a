"""Other people's clients, each timed from connecting to its end; None where one cannot be had here."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.support.server import LOGIN, SECRET, Served

SECONDS = 900
_IMAPFLOW = """
const { ImapFlow } = require('imapflow');
const [host, port, user, pass, items] = process.argv.slice(2);
const ca = require('fs').readFileSync(process.env.CA);
(async () => {
  const begun = performance.now();
  const client = new ImapFlow({ host, port: Number(port), secure: true, logger: false, disableAutoIdle: true,
    disableCompression: true, auth: { user, pass }, tls: { ca } });
  await client.connect();
  const lock = await client.getMailboxLock('INBOX', { readOnly: true });
  let count = 0;
  for await (const each of client.fetch('1:*', JSON.parse(items), { uid: true })) count += each.uid > 0 ? 1 : 0;
  lock.release();
  console.log((performance.now() - begun) / 1000, count);
  process.exit(0);
})().catch(error => { console.error(error); process.exit(1); });
"""
_MBSYNC = """
IMAPStore far
Host localhost
Port {port}
User {login}
Pass "{secret}"
SSLType IMAPS
CertificateFile {ca}

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX

Channel all
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
"""


def drain(served: Served, items: str) -> float:
    """Seconds to read and throw away the answer."""
    return _python("bench.support.drain", "drain", served.host, str(served.port), str(served.ca_file), items)


def qresync(served: Served, times: int = 9) -> float:
    """Seconds of connect, login and a QRESYNC select, by a client that does nothing else."""
    return _python("bench.support.drain", "resync", served.host, str(served.port), str(served.ca_file), str(times))


def imapflow(served: Served, cache: Path, items: str) -> float | None:
    """Seconds for imapflow on node to fetch and parse `items` (its own words, in JSON); it keeps nothing."""
    script = _imapflow_script(cache)
    if script is None:
        return None
    words = ["node", script, served.host, str(served.port), LOGIN, SECRET, items]
    return _seconds_of(words, {"CA": str(served.ca_file)}, served.count)


def mbsync(served: Served, folder: Path) -> float | None:
    """Seconds of one whole run of mbsync into the Maildir under this folder, which it goes on from."""
    program = shutil.which("mbsync")
    if program is None:
        return None
    config = folder / "mbsyncrc"
    config.write_text(_MBSYNC.format(port=served.port, login=LOGIN, secret=SECRET, ca=served.ca_file, folder=folder))
    begun = time.perf_counter()
    subprocess.run([program, "-q", "-c", config, "all"], check=True, timeout=SECONDS, cwd=folder)
    took = time.perf_counter() - begun
    held = sum(1 for _ in os.scandir(folder / "INBOX" / "cur")) + sum(1 for _ in os.scandir(folder / "INBOX" / "new"))
    assert held == served.count, f"mbsync has {held} messages in place of {served.count}"
    return took


def ours(served: Served, home: Path, what: str) -> dict[str, float]:
    """What `bench.support.ours` measured in a process of its own, which goes on from what this home has."""
    words = [sys.executable, "-m", "bench.support.ours", what, served.host, str(served.port), str(served.ca_file)]
    env = {**os.environ, "YIZHAN_HOME": str(home)}
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=SECONDS, env=env)
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    return {name: float(value) for name, value in (word.split("=") for word in done.stdout.split())}


def _python(module: str, *words: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", module, *words], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    return float(done.stdout.split()[0])


def _imapflow_script(cache: Path) -> Path | None:
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    folder = cache / "imapflow"
    folder.mkdir(exist_ok=True)
    if not (folder / "node_modules" / "imapflow").exists():
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "imapflow"]
        if subprocess.run(install, cwd=folder, capture_output=True, check=False, timeout=180).returncode:
            return None
    script = folder / "client.js"
    script.write_text(_IMAPFLOW, encoding="utf-8")
    return script


def _seconds_of(words: list[str | Path], env: dict[str, str], count: int) -> float:
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=SECONDS, env={**os.environ, **env})
    took, came = done.stdout.split()
    assert int(came) == count, f"{came} messages came in place of {count}"
    return float(took)
