"""The answer to an invitation (RFC 5546 §3.2.3, RFC 6047): accepted, accepted perhaps, or declined."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from icalendar import Calendar, Event, vCalAddress

from yizhan.mime.limits import MAX_CALENDAR_CHARS

_KEPT = ("UID", "RECURRENCE-ID", "SEQUENCE", "ORGANIZER", "SUMMARY", "DTSTART", "DTEND", "DURATION", "LOCATION")


class Participation(StrEnum):
    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"


def make_reply(text: str, attendee: str, name: str, answer: Participation, now: datetime) -> str | None:
    """The calendar to send to the organiser; None when `text` invites nobody, or cannot be read.  Never raises.

    Of the event goes what names it, of the attendees the one who answers: nobody learns of the others by it.
    """
    if len(text) > MAX_CALENDAR_CHARS:
        return None
    try:
        asked = Calendar.from_ical(text)
        events = asked.walk("VEVENT")
        if not events or str(asked.get("METHOD", "")).upper() != "REQUEST" or not events[0].get("ORGANIZER"):
            return None
        return _reply(events[0], attendee, name, answer, now)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return None  # a stranger's text


def _reply(event: Any, attendee: str, name: str, answer: Participation, now: datetime) -> str:
    calendar = Calendar()
    for key, value in (("PRODID", "-//Calendar//EN"), ("VERSION", "2.0"), ("METHOD", "REPLY")):
        calendar.add(key, value)
    reply = Event()
    for key in _KEPT:
        if event.get(key) is not None:
            reply[key] = event[key]
    who = vCalAddress(f"mailto:{attendee}")
    who.params["PARTSTAT"] = answer.value
    if name:
        who.params["CN"] = name
    reply.add("ATTENDEE", who, encode=False)
    reply.add("DTSTAMP", now)
    calendar.add_component(reply)
    written: bytes = calendar.to_ical()
    return written.decode("utf-8", "replace")
