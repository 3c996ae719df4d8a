"""The start-up checks of the set-up page, in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from yizhan.services.owners import startup
from yizhan.web import formats

LOW_SPACE_BYTES = 2 * 1024**3  # some 100,000 messages without large attachments
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Check:
    """`kind` is ok, warn or bad."""

    kind: str
    title: str
    why: str = ""


def look(is_secure: bool, host: str) -> list[Check]:
    """What was looked at just now."""
    standing = startup.look()
    return [_key(standing.key_place), _way(is_secure, host), _data(standing.database, standing.home), _space(standing)]


def _key(place: str) -> Check:
    if place == "missing":
        return Check("bad", _("There is no key for the vault"))
    if place == "file":
        return Check("ok", _("The vault's key is ready"), _("Keep a copy of the file `keys`, apart from the database."))
    return Check("ok", _("The vault's key is ready, apart from the data"))


def _way(is_secure: bool, host: str) -> Check:
    if is_secure:
        return Check("ok", _("HTTPS is on"))
    if host.rpartition(":")[0] in _LOCAL or host in _LOCAL:
        return Check("ok", _("Opened on this machine; nothing goes over the network"))
    return Check("warn", _("No HTTPS"), _("What you type can be read on the way. Put a server with TLS in front."))


def _data(database: str, home: str) -> Check:
    if database == "sqlite":
        return Check("ok", _("The data are on this machine"), home)
    return Check("ok", _("The data are in PostgreSQL"))


def _space(standing: startup.Standing) -> Check:
    free = formats.size(standing.free_bytes)
    if standing.free_bytes < LOW_SPACE_BYTES:
        return Check("warn", _("Only %(size)s free on the disk") % {"size": free})
    return Check("ok", _("%(size)s free on the disk") % {"size": free})
