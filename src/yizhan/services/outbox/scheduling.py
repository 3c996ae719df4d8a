"""When a message is to go, as a person says it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yizhan.base.errors import BadInput
from yizhan.services.outbox.limits import MAX_AHEAD_DAYS


class TimeWrong(BadInput):
    """This is no time at which a message could go."""

    code = "time_wrong"


def read_time(typed: str, zone: str, now: datetime) -> datetime:
    """The instant, in UTC: RFC 3339 as it stands, or `2026-11-25 09:00` by the clocks of `zone` (IANA's name).

    Raises `TimeWrong` for what is no time, has passed, lies too far ahead, or is left out when clocks go forward there.
    """
    try:
        named = datetime.fromisoformat(typed.strip().upper().replace("Z", "+00:00"))
    except ValueError:
        raise TimeWrong(f"{typed[:60]!r} is no time such as 2026-11-25T09:00+08:00") from None
    at = (named if named.tzinfo is not None else _by_the_clocks(named, zone)).astimezone(UTC)
    return check_time(at, now)


def check_time(at: datetime, now: datetime) -> datetime:
    """`at`, if a message may be kept until then; raises `TimeWrong`."""
    if at < now - timedelta(minutes=1):  # a form that was filled in this minute is not late
        raise TimeWrong(f"{at:%Y-%m-%d %H:%M} UTC has passed")
    if at > now + timedelta(days=MAX_AHEAD_DAYS):
        raise TimeWrong(f"a message is kept for at most {MAX_AHEAD_DAYS} days")
    return at


def _by_the_clocks(named: datetime, zone: str) -> datetime:
    if not zone:
        raise TimeWrong("a time without an offset needs a time zone such as Europe/Moscow")
    try:
        local = named.replace(tzinfo=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeWrong(f"there is no time zone {zone[:60]!r}") from None
    if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != named:
        raise TimeWrong(f"the clocks of {zone} go forward over {named:%H:%M} on that day")
    return local
