"""A certificate authority of the tests' own, and server certificates good and bad (ECDSA P-256)."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import trustme

from tests.support.places import new_folder

# What every private server answers to; a test's resolver may give any of the names.
LOCAL_NAMES = (
    "127.0.0.1",
    "127.0.0.2",
    "::1",
    "localhost",
    "imap.example.test",
    "smtp.example.test",
    "mail.example.test",
)


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate with its chain, and its key, as files that servers read."""

    chain_file: Path
    key_file: Path

    def server_context(self) -> ssl.SSLContext:
        """For a server that a test writes itself."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain_file, self.key_file)
        return context


class Authority:
    """One authority; who trusts `ca_file` trusts what it issues."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="Yizhan tests", key_type=trustme.KeyType.ECDSA)
        self.folder = new_folder("ca")
        self.ca_file = self.folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca_file))

    @property
    def ca_pem(self) -> str:
        """What `--ca-file` points to, as text."""
        return self._ca.cert_pem.bytes().decode("ascii")

    def issue(self, *names: str, not_after: datetime | None = None) -> ServerCertificate:
        """A certificate for these names and addresses; `LOCAL_NAMES` when none is given."""
        issued = self._ca.issue_cert(
            *(names or LOCAL_NAMES),
            common_name=(names or LOCAL_NAMES)[-1],
            not_before=datetime(2020, 1, 1, tzinfo=UTC),
            not_after=not_after,
            key_type=trustme.KeyType.ECDSA,
        )
        folder = new_folder("cert")
        chain, key = folder / "chain.pem", folder / "key.pem"
        for blob in issued.cert_chain_pems:
            blob.write_to_path(str(chain), append=True)
        issued.private_key_pem.write_to_path(str(key))
        return ServerCertificate(chain, key)

    @cached_property
    def good(self) -> ServerCertificate:
        return self.issue()

    @cached_property
    def expired(self) -> ServerCertificate:
        """Right in all but the date: it ran out yesterday."""
        return self.issue(not_after=datetime.now(UTC) - timedelta(days=1))

    @cached_property
    def wrong_name(self) -> ServerCertificate:
        """Right in all but the name."""
        return self.issue("elsewhere.example.test")

    def client_context(self) -> ssl.SSLContext:
        """For a client that a test writes itself: trusts this authority only."""
        return ssl.create_default_context(cadata=self.ca_pem)
