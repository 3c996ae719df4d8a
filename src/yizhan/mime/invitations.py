"""A calendar part as an invitation (RFC 5545, 5546)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from icalendar import Calendar

from yizhan.mime.limits import MAX_ATTENDEES, MAX_CALENDAR_CHARS, MAX_INVITATION_CHARS


@dataclass(frozen=True, slots=True)
class Attendee:
    """`status` as it is written: ACCEPTED, DECLINED, TENTATIVE, NEEDS-ACTION or nothing."""

    name: str
    address: str
    status: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """`start` and `end` are instants with their zone, days, or without a zone the local time of nobody in particular;
    `method` is REQUEST, CANCEL, REPLY or another, `status` the event's own; `more`: further events are in it."""

    method: str
    status: str
    title: str
    place: str
    start: datetime | date | None
    end: datetime | date | None
    repeats: bool
    organiser: Attendee | None
    attendees: tuple[Attendee, ...]
    attendee_count: int
    more: int


def read_invitation(text: str) -> Invitation | None:
    """The first event of a calendar; None when there is none, or none that can be read.  Never raises."""
    if len(text) > MAX_CALENDAR_CHARS:
        return None
    try:
        calendar = Calendar.from_ical(text)
        events = calendar.walk("VEVENT")
        return _invitation(calendar, events) if events else None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return None  # a stranger's text: the file itself can still be kept


def _invitation(calendar: Any, events: list[Any]) -> Invitation:
    event = events[0]
    attendees = _listed(event.get("ATTENDEE"))
    organiser = event.get("ORGANIZER")
    return Invitation(
        method=_words(calendar.get("METHOD")).upper(),
        status=_words(event.get("STATUS")).upper(),
        title=_words(event.get("SUMMARY")),
        place=_words(event.get("LOCATION")),
        start=_moment(event.get("DTSTART")),
        end=_moment(event.get("DTEND")),
        repeats=event.get("RRULE") is not None,
        organiser=None if organiser is None else _attendee(_listed(organiser)[0]),
        attendees=tuple(_attendee(each) for each in attendees[:MAX_ATTENDEES]),
        attendee_count=len(attendees),
        more=len(events) - 1,
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _attendee(value: Any) -> Attendee:
    address = str(value)
    bare = address[7:] if address.lower().startswith("mailto:") else address
    told = getattr(value, "params", {})
    return Attendee(_words(told.get("CN")), bare[:MAX_INVITATION_CHARS], _words(told.get("PARTSTAT")).upper())


def _words(value: Any) -> str:
    return " ".join(str(value or "").replace("\x00", "").split())[:MAX_INVITATION_CHARS]


def _moment(value: Any) -> datetime | date | None:
    found = getattr(value, "dt", None)
    return found if isinstance(found, date) else None
