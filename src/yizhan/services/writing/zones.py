"""The hour where somebody is: zones to choose from, a guess by a domain's country, and good times to write."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location

from yizhan.services.owners.people import TIME_ZONES

_LOCALES = {"zh-hans": "zh_Hans_CN", "en": "en_GB", "ru": "ru_RU"}
_REGIONS = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/")
# Countries with several zones, by their capital; most people and firms keep its hour.
_CAPITALS = {
    "ar": "America/Argentina/Buenos_Aires",
    "au": "Australia/Sydney",
    "br": "America/Sao_Paulo",
    "cl": "America/Santiago",
    "cn": "Asia/Shanghai",
    "cy": "Asia/Nicosia",
    "de": "Europe/Berlin",
    "es": "Europe/Madrid",
    "id": "Asia/Jakarta",
    "kz": "Asia/Almaty",
    "mn": "Asia/Ulaanbaatar",
    "mx": "America/Mexico_City",
    "my": "Asia/Kuala_Lumpur",
    "nz": "Pacific/Auckland",
    "pt": "Europe/Lisbon",
    "ru": "Europe/Moscow",
    "ua": "Europe/Kyiv",
    "uz": "Asia/Tashkent",
}
# Top-level domains that are no code of ISO 3166, in the form that DNS has them (RFC 5890).
_OTHER_NAMES = {
    "su": "ru",
    "uk": "gb",
    "xn--80ao21a": "kz",
    "xn--90ais": "by",
    "xn--fiqs8s": "cn",
    "xn--fiqz9s": "cn",
    "xn--j1amh": "ua",
    "xn--j6w193g": "hk",
    "xn--kprw13d": "tw",
    "xn--p1ai": "ru",
}
# Sold to the whole world: they say nothing about where anybody is.
_SOLD = frozenset(
    {"ac", "ag", "ai", "as", "bz", "cc", "cd", "co", "cx", "dj", "fm", "gd", "gg", "gl", "gs", "im", "io", "la", "lc"}
    | {"ly", "me", "ms", "mu", "nu", "pm", "pn", "pw", "sc", "sh", "so", "sr", "st", "tc", "tf", "tk", "tl", "to"}
    | {"tv", "vc", "vg", "vu", "wf", "ws", "yt"}
)
_OPENS = time(9)
_LATEST_TODAY = time(8, 30)


def zone_of_domain(domain: str) -> str:
    """The IANA zone that a domain's country has, or its capital; empty where a domain tells nothing."""
    top = domain.rstrip(".").rpartition(".")[2].casefold()
    if not top.isascii():
        top = top.encode("idna").decode("ascii")
    country = _OTHER_NAMES.get(top, top)
    return "" if country in _SOLD else _CAPITALS.get(country) or _only_zones().get(country, "")


def good_times(zone: str, now: datetime) -> list[datetime]:
    """The next two mornings at nine there, from Monday to Friday; aware, in that zone."""
    here = now.astimezone(ZoneInfo(zone))
    first = here.date() + timedelta(days=here.time() > _LATEST_TODAY)
    days = (first + timedelta(days=after) for after in range(7))
    working = [day for day in days if day.weekday() < 5]
    return [datetime.combine(day, _OPENS, ZoneInfo(zone)) for day in working[:2]]


def is_twice(typed: str, zone: str) -> bool:
    """Whether the clocks there show that hour twice on that day; the first of the two is taken."""
    named = datetime.fromisoformat(typed)
    if named.tzinfo is not None:
        return False
    local = named.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC) < local.replace(fold=1).astimezone(UTC)


@cache
def offered(language: str) -> tuple[tuple[str, str], ...]:
    """(IANA name, city in this language) of each zone that one may choose, by the city."""
    locale = Locale.parse(_LOCALES[language])
    named = [(zone, get_timezone_location(zone, locale, return_city=True)) for zone in _canonical()]
    return tuple(sorted(named, key=lambda each: each[1]))


def city(zone: str, language: str) -> str:
    """What people call the place, `莫斯科`."""
    return get_timezone_location(zone, Locale.parse(_LOCALES[language]), return_city=True)


def _canonical() -> Iterator[str]:
    aliases: Mapping[str, str] = get_global("zone_aliases")
    known: Mapping[str, str] = get_global("zone_territories")
    yield from (
        zone
        for zone in known
        if zone not in aliases and zone in TIME_ZONES and zone.startswith((*_REGIONS, "Pacific/"))
    )


@cache
def _only_zones() -> dict[str, str]:
    """Each country that has one zone."""
    zones: dict[str, list[str]] = {}
    territories: Mapping[str, str] = get_global("zone_territories")
    for zone in _canonical():
        zones.setdefault(territories[zone].casefold(), []).append(zone)
    return {country: found[0] for country, found in zones.items() if len(found) == 1}
