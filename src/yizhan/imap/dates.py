"""`date-time`, the form of INTERNALDATE (RFC 9051 §9)."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from yizhan.imap.errors import RemoteProtocolError

_MONTHS = {name: at for at, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_NAMES = ["", *(name.decode("ascii").title() for name in _MONTHS)]
_DATE_TIME = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")


def parse_date_time(wire: bytes) -> datetime:
    """The instant, in the zone that it was written in; raises `RemoteProtocolError`."""
    match = _DATE_TIME.fullmatch(wire)
    if match is None:
        raise RemoteProtocolError("a date-time is none")
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    try:
        moment = datetime(
            int(year),
            _MONTHS[month.lower()],
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),  # a leap second is written as 60
            tzinfo=_zone(sign, zone_hours, zone_minutes),
        )
        moment.astimezone(UTC)  # the first and the last day may lie outside the calendar there
    except (KeyError, ValueError, OverflowError):
        raise RemoteProtocolError("a date-time is no day of the calendar") from None
    return moment


def make_date_time(moment: datetime) -> bytes:
    """As APPEND takes it, without its quotes; `moment` must know its zone."""
    return moment.strftime(f"%d-{_NAMES[moment.month]}-{moment.year:04d} %H:%M:%S %z")[:26].encode("ascii")


def make_date(day: date) -> str:
    """As SEARCH takes a day (RFC 9051 §9, date-text)."""
    return f"{day.day}-{_NAMES[day.month]}-{day.year:04d}"


@lru_cache(maxsize=256)
def _zone(sign: bytes, hours: bytes, minutes: bytes) -> timezone:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == b"-" else offset) if offset else UTC
