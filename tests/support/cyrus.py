"""A private Cyrus 3.6: a second family of IMAP servers, in the open on a free loopback port.  Needs root.

It has OBJECTID, PREVIEW and its own idea of QRESYNC, where Dovecot has NOTIFY.
"""

import imaplib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.dovecot import DOMAIN
from tests.support.places import GIVEN, new_folder
from tests.support.ports import free_port
from tests.support.processes import Server, start_server

_IMAPD = """\
configdirectory: {folder}/conf
partition-default: {folder}/spool
defaultpartition: default
servername: {domain}
admins: nobody-is
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN
sasl_sasldb_path: {folder}/{given}/sasldb2
altnamespace: yes
unixhierarchysep: yes
autocreate_quota: 0
autocreate_users: anyone
autocreate_inbox_folders: Sent|Drafts|Junk|Trash|Archive
autocreate_subscribe_folders: Sent|Drafts|Junk|Trash|Archive
idlesocket: {folder}/conf/socket/idle
notifysocket: {folder}/conf/socket/notify
imapidlepoll: 1
"""
_SERVICES = """\
START {{
  recover cmd="ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{program} -C {folder}/imapd.conf -U 30" listen="127.0.0.1:{port}" prefork=0 maxchild=50
}}
EVENTS {{
}}
"""
_PROGRAM = "/usr/local/lib/yizhan-tests/usr/lib/cyrus/bin/imapd"  # where tests/support/debian unpacks it
_FOLDERS = ("db", "proc", "socket", "lock", "log", "msg", "ptclient", "user", "quota", "sync", "backup")


@dataclass(slots=True)
class Cyrus:
    """A running server; users may be added while it runs.  A user signs in by their name, without the domain."""

    folder: Path
    port: int
    server: Server = field(repr=False)
    _secrets: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def plain(self) -> str:
        """The endpoint as the command line takes it."""
        return f"127.0.0.1:{self.port}/plain"

    def add_user(self, login: str, secret: str) -> None:
        self._secrets[login] = secret
        store = self.folder / GIVEN / "sasldb2"
        command = ["saslpasswd2", "-p", "-c", "-f", str(store), "-u", DOMAIN, login]
        subprocess.run(command, input=secret.encode(), check=True, capture_output=True)
        shutil.chown(store, "cyrus", "mail")

    @contextmanager
    def client(self, login: str) -> Iterator[imaplib.IMAP4]:
        """An authenticated session of Python's own client, which shares no code with ours."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        try:
            client.login(login, self._secrets[login])
            yield client
        finally:
            client.logout()

    def stop(self) -> None:
        self.server.stop()


def start_cyrus() -> Cyrus:
    """A Cyrus of our own; it takes about two seconds."""
    folder, port = new_folder("cyrus"), free_port()
    for name in (*(f"conf/{each}" for each in _FOLDERS), "spool", GIVEN):
        (folder / name).mkdir(parents=True)
    (folder / "imapd.conf").write_text(_IMAPD.format(folder=folder, domain=DOMAIN, given=GIVEN))
    (folder / "cyrus.conf").write_text(_SERVICES.format(folder=folder, port=port, program=_PROGRAM))
    owner = pwd.getpwnam("cyrus")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    log = folder / "cyrus.log"
    options = ["-C", folder / "imapd.conf", "-M", folder / "cyrus.conf", "-p", folder / "master.pid"]
    server = start_server(["/usr/sbin/cyrmaster", "-D", *options], log)
    cyrus = Cyrus(folder, port, server)
    server.wait_until(lambda: _greets(port))
    return cyrus


def _greets(port: int) -> bool:
    try:
        imaplib.IMAP4("127.0.0.1", port, timeout=5).shutdown()
    except (OSError, imaplib.IMAP4.error):
        return False
    return True
