"""Numbers, times and sizes as people read them, in the language and the hour of the request."""

from datetime import date, datetime, timedelta

from babel import dates, numbers
from django.utils import timezone, translation
from django.utils.translation import gettext as _

_LOCALES = {"zh-hans": "zh_Hans_CN", "en": "en_GB", "ru": "ru_RU"}
_SIZES = ("B", "KB", "MB", "GB", "TB")


def locale() -> str:
    """Babel's name for the language of this request."""
    return _LOCALES.get(translation.get_language() or "", "en_GB")


def number(value: float) -> str:
    """`10,234` as the language groups it."""
    return numbers.format_decimal(value, locale=locale())


def size(size_bytes: int) -> str:
    """`1.7 MB`; powers of 1024."""
    value, unit = float(size_bytes), 0
    while value >= 1024 and unit < len(_SIZES) - 1:
        value, unit = value / 1024, unit + 1
    return f"{numbers.format_decimal(value, '#,##0' if unit < 2 else '#,##0.#', locale=locale())} {_SIZES[unit]}"


def duration(milliseconds: float) -> str:
    """`412 ms`, `1.9 s`, `2 min`."""
    if milliseconds < 1000:
        return _("%(number)s ms") % {"number": number(round(milliseconds))}
    if milliseconds < 100_000:
        return _("%(number)s s") % {"number": numbers.format_decimal(milliseconds / 1000, "0.0", locale=locale())}
    return _("%(number)s min") % {"number": number(round(milliseconds / 60_000))}


def moment(value: datetime | None) -> str:
    """The instant in full: date, hour and minute."""
    return "" if value is None else dates.format_datetime(_here(value), "medium", locale=locale())


def clock(value: datetime | None) -> str:
    """Hour and minute."""
    return "" if value is None else dates.format_time(_here(value), "HH:mm", locale=locale())


def day(value: date | None) -> str:
    """The day, with the year where it is another one."""
    if value is None:
        return ""
    here = _here(value) if isinstance(value, datetime) else value
    skeleton = "MMMd" if here.year == timezone.localtime().year else "yMMMd"
    return dates.format_skeleton(skeleton, here, locale=locale())


def when(value: datetime | None) -> str:
    """As one says it: just now, 20 seconds ago, today 09:12, yesterday 22:03, or the day."""
    if value is None:
        return ""
    here, now = _here(value), timezone.localtime()
    passed = now - here
    if timedelta(0) <= passed < timedelta(minutes=1):
        return _("just now")
    if timedelta(0) <= passed < timedelta(hours=1):
        return dates.format_timedelta(-passed, add_direction=True, locale=locale())
    if here.date() == now.date():
        return _("today %(time)s") % {"time": clock(value)}
    if here.date() == (now - timedelta(days=1)).date():
        return _("yesterday %(time)s") % {"time": clock(value)}
    return day(value)


def iso(value: date | None) -> str:
    """For the `datetime` of a `<time>`."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else value.isoformat()


def _here(value: datetime) -> datetime:
    return timezone.localtime(value)


def event_time(start: date | None, end: date | None) -> str:
    """When an event is: days, or moments in the hour of the reader with the zone's name; without a zone as written."""
    if not isinstance(start, datetime):
        return " – ".join(dates.format_date(each, "medium", locale=locale()) for each in (start, end) if each)
    moments = [each for each in (start, end) if isinstance(each, datetime)]
    shown = " – ".join(_wall(each) for each in moments)
    return shown if start.tzinfo is None else f"{shown} ({timezone.get_current_timezone_name()})"


def _wall(value: datetime) -> str:
    here = value if value.tzinfo is None else timezone.localtime(value)
    return dates.format_datetime(here, "medium", tzinfo=here.tzinfo, locale=locale())
