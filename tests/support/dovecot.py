"""A private Dovecot 2.3: real IMAP on free loopback ports, as root or as anybody."""

import grp
import imaplib
import json
import os
import pwd
import shutil
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.support.certificates import Authority, ServerCertificate
from tests.support.places import GIVEN, new_folder
from tests.support.ports import free_ports
from tests.support.processes import Server, start_server

DOMAIN = "example.test"

_CONFIG = """\
protocols = imap lmtp
listen = {host}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
log_timestamp = "%Y-%m-%d %H:%M:%S "
login_greeting = Dovecot ready.
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
default_client_limit = 500
default_process_limit = 200
mail_max_userip_connections = 200
auth_failure_delay = 0
auth_verbose = yes
auth_mechanisms = {mechanisms}
disable_plaintext_auth = no
ssl = {ssl}
ssl_cert = <{chain}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
ssl_dh =
first_valid_uid = 1
mail_uid = {mail_uid}
mail_gid = {mail_gid}
mail_home = {folder}/mail/%u
mail_location = maildir:~/Maildir
mail_fsync = never
mail_plugins = zlib
mailbox_list_index = yes
recipient_delimiter = +
passdb {{
  driver = dict
  args = {folder}/passdb.conf
}}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
{mailboxes}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {starttls_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
service auth {{
  client_limit = 2000
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@{domain}
}}
protocol imap {{
  mail_plugins = $mail_plugins imap_zlib
  imap_idle_notify_interval = 2 mins
{capability}
}}
{extra}
"""

# A file a user: read at each login, while a passwd-file is looked at once a second.
_PASSDB = """\
uri = fs:posix:prefix={users}/
key passdb {{
  key = %u
  format = json
}}
passdb_objects = passdb
"""

SPECIAL_USE = {"Drafts": "\\Drafts", "Sent": "\\Sent", "Junk": "\\Junk", "Trash": "\\Trash", "Archive": "\\Archive"}


class DovecotMissing(Exception):
    """No Dovecot is installed here: `apt-get install dovecot-imapd dovecot-lmtpd`."""


@dataclass(frozen=True, slots=True)
class DovecotOptions:
    """How this Dovecot differs from a modern one."""

    without: frozenset[str] = frozenset()  # capabilities that it does not announce, such as QRESYNC or IDLE
    require_tls: bool = False  # LOGINDISABLED until STARTTLS
    special_use: bool = True  # Drafts, Sent, Junk, Trash and Archive exist, with their roles
    mechanisms: str = "plain login scram-sha-256"
    certificate: ServerCertificate | None = None  # else a good one
    extra: str = ""  # more configuration, as Dovecot reads it


@dataclass(slots=True)
class Dovecot:
    """A running server; users may be added while it runs."""

    folder: Path
    authority: Authority
    host: str
    tls_port: int
    starttls_port: int
    server: Server = field(repr=False)
    _secrets: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def tls(self) -> str:
        """The endpoint as the command line takes it."""
        return f"{self.host}:{self.tls_port}/tls"

    @property
    def starttls(self) -> str:
        return f"{self.host}:{self.starttls_port}/starttls"

    @property
    def plain(self) -> str:
        """The same port as `starttls`: without `require_tls` it takes logins in the open."""
        return f"{self.host}:{self.starttls_port}/plain"

    @property
    def lmtp_socket(self) -> Path:
        return self.folder / "lmtp"

    @property
    def auth_socket(self) -> Path:
        return self.folder / "auth"

    @property
    def log(self) -> str:
        """What the server wrote so far."""
        return (self.folder / "dovecot.log").read_text(encoding="utf-8", errors="replace")

    def add_user(self, login: str, secret: str) -> None:
        """From now on `login` (a whole address) gets in with `secret` only; given again, the secret is changed."""
        self._secrets[login] = secret
        users = _users(self.folder)
        fresh = users / ".new"
        fresh.write_text(json.dumps({"password": f"{{PLAIN.b64}}{_base64(secret)}"}))
        fresh.replace(users / login)

    @contextmanager
    def client(self, login: str) -> Iterator[imaplib.IMAP4_SSL]:
        """An authenticated session of Python's own client, which shares no code with ours."""
        client = imaplib.IMAP4_SSL(self.host, self.tls_port, ssl_context=self.authority.client_context(), timeout=10)
        try:
            client.login(login, self._secrets[login])
            yield client
        finally:
            client.logout()

    def deliver(
        self,
        login: str,
        *messages: bytes,
        mailbox: str = "INBOX",
        flags: Sequence[str] = (),
        at: datetime | None = None,
    ) -> list[int]:
        """Put messages there, byte for byte, oldest first; gives their UIDs.  `at` is their INTERNALDATE."""
        date = imaplib.Time2Internaldate(at or time.time())
        with self.client(login) as client:
            return [_append(client, mailbox, flags, date, message) for message in messages]

    def messages(self, login: str, mailbox: str = "INBOX") -> list[bytes]:
        """Every message there as the server holds it, oldest first."""
        with self.client(login) as client:
            client.select(f'"{mailbox}"', readonly=True)
            _, data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
            return [item[1] for item in data if isinstance(item, tuple)]

    def flags(self, login: str, uid: int, mailbox: str = "INBOX") -> set[str]:
        """The flags of one message, without `\\Recent`, which depends on who looks."""
        with self.client(login) as client:
            client.select(f'"{mailbox}"', readonly=True)
            _, data = client.uid("FETCH", str(uid), "(FLAGS)")
            return {flag.decode("ascii") for flag in imaplib.ParseFlags(data[0])} - {"\\Recent"}

    def stop(self) -> None:
        self.server.stop()


def find_dovecot() -> str:
    """The program; raises `DovecotMissing`."""
    found = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        raise DovecotMissing("apt-get install dovecot-imapd dovecot-lmtpd")
    return found


def start_dovecot(authority: Authority, options: DovecotOptions = DovecotOptions()) -> Dovecot:
    """A Dovecot of our own; it takes about half a second."""
    program = find_dovecot()
    folder = new_folder("dovecot")
    for name in ("run", "state", "mail", GIVEN):
        (folder / name).mkdir(mode=0o755)
    (folder / "passdb.conf").write_text(_PASSDB.format(users=_users(folder)))
    tls_port, starttls_port = free_ports(2)
    config = folder / "dovecot.conf"
    config.write_text(_configure(folder, authority, options, tls_port, starttls_port))
    log = folder / "dovecot.log"
    log.touch()
    server = start_server([program, "-F", "-c", config], log)
    dovecot = Dovecot(folder, authority, _host(options), tls_port, starttls_port, server)
    server.wait_until(lambda: _greets(dovecot))
    return dovecot


def _append(client: imaplib.IMAP4, mailbox: str, flags: Sequence[str], date: str, message: bytes) -> int:
    status, said = client.append(f'"{mailbox}"', f"({' '.join(flags)})", date, message)
    if status != "OK":
        raise RuntimeError(f"Dovecot refused a message: {said!r}")
    _, data = client.response("APPENDUID")
    return int(data[-1].split()[1])


def _base64(word: str) -> str:
    return b64encode(word.encode("utf-8")).decode("ascii")


def _users(folder: Path) -> Path:
    return folder / GIVEN


def _configure(folder: Path, authority: Authority, options: DovecotOptions, tls_port: int, starttls_port: int) -> str:
    certificate = options.certificate or authority.good
    return _CONFIG.format(
        folder=folder,
        chain=certificate.chain_file,
        key=certificate.key_file,
        ssl="required" if options.require_tls else "yes",
        mechanisms=options.mechanisms,
        mailboxes=_mailboxes(options),
        capability=_capability(options.without),
        host=_host(options),
        tls_port=tls_port,
        starttls_port=starttls_port,
        domain=DOMAIN,
        extra=options.extra,
        **_system_users(folder),
    )


def _system_users(folder: Path) -> dict[str, str | int]:
    """Root's Dovecot gives its parts to the package's users; anybody else's keeps all parts to themselves."""
    if os.geteuid() != 0:
        user = pwd.getpwuid(os.geteuid()).pw_name
        group = grp.getgrgid(os.getegid()).gr_name
        ids: dict[str, str | int] = {"mail_uid": os.geteuid(), "mail_gid": os.getegid()}
        return {"internal_user": user, "internal_group": group, "login_user": user, **ids}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    users = {"internal_user": "dovecot", "internal_group": "dovecot", "login_user": "dovenull"}
    return {**users, "mail_uid": nobody.pw_uid, "mail_gid": nobody.pw_gid}


def _mailboxes(options: DovecotOptions) -> str:
    if not options.special_use:
        return ""
    return "\n".join(
        f"  mailbox {name} {{\n    auto = subscribe\n    special_use = {role}\n  }}"
        for name, role in SPECIAL_USE.items()
    )


# What Dovecot 2.3.19 announces after login; it has no way to take one word away but to name all that stay.
_CAPABILITY = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS "
    "THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED "
    "I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE "
    "SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE COMPRESS=DEFLATE"
)


def _capability(without: frozenset[str]) -> str:
    if not without:
        return ""
    kept = [word for word in _CAPABILITY.split() if word not in without]
    return f"  imap_capability = {' '.join(kept)}"


def _host(options: DovecotOptions) -> str:
    """Dovecot takes a line for safe whose two ends have the same address, so a strict one listens beside 127.0.0.1."""
    return "127.0.0.2" if options.require_tls else "127.0.0.1"


def _greets(dovecot: Dovecot) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((dovecot.host, dovecot.tls_port), timeout=2) as line,
            context.wrap_socket(line) as wrapped,
        ):
            return wrapped.recv(64).startswith(b"* OK")
    except OSError:
        return False
