"""A private Dovecot over a made-up mailbox, with TLS and without compression, for whoever measures."""

import imaplib
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.support import corpus
from tests.support.certificates import Authority
from tests.support.dovecot import DovecotOptions, start_dovecot
from tests.support.places import RUN_VARIABLE

LOGIN, SECRET = "anna@example.test", "made up"
ITEMS = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"


@dataclass(frozen=True, slots=True)
class Served:
    """Where the mailbox can be read, and a folder for what a measurement leaves behind."""

    host: str
    port: int
    ca_file: Path
    folder: Path
    count: int

    def fresh(self, name: str) -> Path:
        """An empty folder of that name; what was in it is gone."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        return path


@contextmanager
def serving(cache: Path, count: int) -> Iterator[Served]:
    """INBOX with so many messages, whose headers the server has read before (its cache is warm)."""
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    mailbox = corpus.mailbox(cache, count)
    _give_to_server(mailbox)
    with tempfile.TemporaryDirectory(prefix="yz-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # Dovecot's parts give up being root and must reach their files
        os.environ[RUN_VARIABLE] = name
        authority = Authority()
        extra = f"mail_location = maildir:{mailbox}\n"
        options = DovecotOptions(without=frozenset({"COMPRESS=DEFLATE"}), special_use=False, extra=extra)
        dovecot = start_dovecot(authority, options)
        try:
            dovecot.add_user(LOGIN, SECRET)
            with imaplib.IMAP4_SSL(dovecot.host, dovecot.tls_port, ssl_context=authority.client_context()) as client:
                client.login(LOGIN, SECRET)
                _, [said] = client.select("INBOX", readonly=True)
                assert int(said) == count, f"{int(said)} messages in place of {count}"
                client.uid("FETCH", "1:*", ITEMS)
            yield Served(dovecot.host, dovecot.tls_port, authority.ca_file, folder, count)
        finally:
            dovecot.stop()


def _give_to_server(mailbox: Path) -> None:
    """A Dovecot of root's reads mail as nobody."""
    if os.geteuid() == 0 and mailbox.stat().st_uid == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (mailbox, *mailbox.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
