"""What an address tells: provider, servers, what its secret is called, and the steps to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from yizhan.base.errors import BadInput
from yizhan.services.catalogue.matching import match_address, usual_servers
from yizhan.web.limits import MAX_TYPED
from yizhan.web.naming import letters

NO_SERVERS: Mapping[str, str] = {"imap": ":993/tls", "smtp": ":465/tls"}


@dataclass(frozen=True, slots=True)
class Look:
    """`state`: nothing (no whole address yet), known (in the catalogue), searching (the engine asks
    around), found (discovered), guessed.

    The rest is what the catalogue says (`services.catalogue.matching`), with words of ours where it says nothing.
    """

    state: str
    name: str
    letters: str
    servers: Mapping[str, str]
    secret: Mapping[str, Any]
    domain: str = ""
    login: str = ""
    source: str = ""
    checked_on: Any = None
    oauth_only: bool = False
    needs_confirmation: bool = False
    confirm_reason: str = ""
    guide: str | None = None
    site: str | None = None
    security_url: str | None = None
    prerequisites: Sequence[str] = ()
    steps: Sequence[Mapping[str, Any]] = ()


def searching(address: str) -> Look:
    """While the engine asks the domain's own servers and the directories."""
    known = look_of_nothing(address)
    return replace(known, state="searching")


def look(address: str, language: str) -> Look:
    """By the address alone, without the network."""
    typed = address.strip()[:MAX_TYPED]
    try:
        found = match_address(typed, language) if typed else None
        if found is not None:
            return look_of(found, typed)
        if typed:
            return look_of_nothing(typed)
    except BadInput:  # not a whole address yet
        pass
    return Look("nothing", _("the provider"), "@", NO_SERVERS, _any_secret())


def look_of_nothing(address: str) -> Look:
    """Nobody told: what most domains have."""
    imap, smtp = usual_servers(address)
    domain = address.rpartition("@")[2]
    return Look("guessed", domain, "@", {"imap": str(imap), "smtp": str(smtp)}, _any_secret(), domain)


def look_of(found: Mapping[str, Any], address: str) -> Look:
    """What the catalogue or discovery found, as a page shows it."""
    state = {"catalogue": "known", "guess": "guessed"}.get(found["source"], "found")
    return Look(
        state,
        found["name"],
        letters(found["provider"], address),
        {"imap": found["imap"], "smtp": found["smtp"]},
        found["secret"],
        address.rpartition("@")[2],
        found["login"],
        found["source"],
        found["checked_on"],
        found["oauth_only"],
        found["needs_confirmation"],
        found["confirm_reason"],
        found["guide"],
        found["site"],
        found["security_url"],
        found["prerequisites"],
        found["steps"],
    )


def _any_secret() -> dict[str, Any]:
    hint = _("Some providers refuse the login password and want one made for mail programs.")
    return {"kind": "password", "noun": _("password"), "label": _("Password"), "hint": hint, "shape": None}
