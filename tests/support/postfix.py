"""A private Postfix: real submission on free loopback ports, delivering into a private Dovecot.  Needs root."""

import os
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.certificates import Authority, ServerCertificate
from tests.support.dovecot import DOMAIN, Dovecot
from tests.support.places import new_folder
from tests.support.ports import free_ports
from tests.support.processes import Server, start_server

_MAIN = """\
compatibility_level = 3.6
mail_owner = postfix
setgid_group = postdrop
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
alternate_config_directories =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.{domain}
mydestination =
local_transport = error:5.1.1 nobody lives here
alias_maps =
alias_database =
biff = no
default_database_type = texthash
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
mynetworks =
mynetworks_style = host
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = regexp:{folder}/people
virtual_transport = lmtp:unix:{lmtp}
lmtp_destination_recipient_limit = 1
default_transport = error:5.4.4 this host delivers to its own people only
recipient_delimiter = +
message_size_limit = {size_limit_bytes}
mailbox_size_limit = 0
smtpd_tls_chain_files = {key} {chain}
smtpd_tls_security_level = may
smtpd_tls_loglevel = 0
smtpd_tls_session_cache_database =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_sasl_security_options = noanonymous
smtpd_sasl_authenticated_header = no
smtpd_tls_auth_only = no
smtpd_client_restrictions =
smtpd_relay_restrictions = permit_sasl_authenticated reject
smtpd_sender_login_maps = regexp:{folder}/logins
smtpd_sender_restrictions = reject_sender_login_mismatch
smtpd_recipient_restrictions = reject_unlisted_recipient permit_sasl_authenticated reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtputf8_enable = yes
in_flow_delay = 0
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
{extra}
"""

_MASTER = """\
127.0.0.1:{starttls_port} inet n - n - - smtpd -o syslog_name=submission
127.0.0.1:{tls_port} inet n - n - - smtpd -o syslog_name=submissions -o smtpd_tls_wrappermode=yes
127.0.0.1:{strict_port} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


class PostfixMissing(Exception):
    """No Postfix is installed here: `apt-get install postfix`."""


@dataclass(frozen=True, slots=True)
class PostfixOptions:
    """How this Postfix differs from a usual provider's."""

    certificate: ServerCertificate | None = None  # else a good one
    size_limit_bytes: int = 25_000_000
    extra: str = ""  # more of main.cf; a name given again wins


@dataclass(slots=True)
class Postfix:
    """A running server.  It knows everybody at `example.test` but those whose name starts with `nobody`."""

    folder: Path
    authority: Authority
    tls_port: int
    starttls_port: int
    strict_port: int
    server: Server = field(repr=False)

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def tls(self) -> str:
        """The endpoint as the command line takes it."""
        return f"{self.host}:{self.tls_port}/tls"

    @property
    def starttls(self) -> str:
        return f"{self.host}:{self.starttls_port}/starttls"

    @property
    def plain(self) -> str:
        """The same port as `starttls`: it takes logins in the open."""
        return f"{self.host}:{self.starttls_port}/plain"

    @property
    def strict(self) -> str:
        """A port that says nothing of AUTH until STARTTLS."""
        return f"{self.host}:{self.strict_port}/starttls"

    @property
    def log(self) -> str:
        """What the server wrote so far."""
        return (self.folder / "postfix.log").read_text(encoding="utf-8", errors="replace")

    @contextmanager
    def client(self, login: str, secret: str) -> Iterator[smtplib.SMTP]:
        """An authenticated session of Python's own client, which shares no code with ours."""
        context = self.authority.client_context()
        with smtplib.SMTP_SSL(self.host, self.tls_port, timeout=10, context=context) as client:
            client.login(login, secret)
            yield client

    def stop(self) -> None:
        self.server.stop()


def find_postfix() -> str:
    """The program; raises `PostfixMissing`."""
    found = shutil.which("postfix", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise PostfixMissing("apt-get install postfix")
    return found


def start_postfix(dovecot: Dovecot, options: PostfixOptions = PostfixOptions()) -> Postfix:
    """A Postfix of our own; it takes about a second.  Only root may: it gives each part to another user."""
    program = find_postfix()
    if os.geteuid() != 0:
        raise PermissionError("a private Postfix needs root")
    folder = new_folder("postfix")
    for name in ("queue", "data", "conf"):
        (folder / name).mkdir(mode=0o755)
    shutil.chown(folder / "data", "postfix", "postfix")
    ports = dict(zip(("tls_port", "starttls_port", "strict_port"), free_ports(3), strict=True))
    _write_config(folder, dovecot, options, ports)
    log = folder / "postfix.log"
    log.touch()
    # `check` makes the queue's folders.  `start-fg` would leave a shell between us and the master, who would then
    # miss our signals, so the master is started as that shell does it.
    conf = folder / "conf"
    subprocess.run([program, "-c", conf, "check"], env=_ENVIRONMENT, check=True, capture_output=True)
    server = start_server([_MASTER_PROGRAM, "-c", conf, "-s"], log, env={**_ENVIRONMENT, "MAIL_CONFIG": str(conf)})
    postfix = Postfix(folder, dovecot.authority, **ports, server=server)
    server.wait_until(lambda: _greets(postfix))
    return postfix


_MASTER_PROGRAM = Path("/usr/lib/postfix/sbin/master")
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def _write_config(folder: Path, dovecot: Dovecot, options: PostfixOptions, ports: dict[str, int]) -> None:
    certificate = options.certificate or dovecot.authority.good
    main = _MAIN.format(
        folder=folder,
        domain=DOMAIN,
        lmtp=dovecot.lmtp_socket,
        auth=dovecot.auth_socket,
        key=certificate.key_file,
        chain=certificate.chain_file,
        size_limit_bytes=options.size_limit_bytes,
        extra=options.extra,
    )
    (folder / "conf" / "main.cf").write_text(main)
    (folder / "conf" / "master.cf").write_text(_MASTER.format(**ports))
    (folder / "people").write_text("!/^nobody/ yes\n")
    (folder / "logins").write_text("/^(.+)$/ $1\n")


def _greets(postfix: Postfix) -> bool:
    try:
        with smtplib.SMTP(postfix.host, postfix.strict_port, timeout=2) as client:
            return client.starttls(context=ssl.create_default_context(cadata=postfix.authority.ca_pem))[0] == 220
    except (OSError, smtplib.SMTPException):
        return False
