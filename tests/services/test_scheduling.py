"""A time as a person says it becomes one instant, or is refused."""

from datetime import UTC, datetime

import pytest

from yizhan.services.outbox.scheduling import TimeWrong, read_time

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone", "instant"),
    [
        ("2026-03-02T09:00:00Z", "", "2026-03-02T09:00:00+00:00"),
        ("2026-03-02t09:00+08:00", "Europe/Moscow", "2026-03-02T01:00:00+00:00"),
        (" 2026-03-02 09:00 ", "Europe/Moscow", "2026-03-02T06:00:00+00:00"),
        ("2026-07-02T09:00", "Europe/Berlin", "2026-07-02T07:00:00+00:00"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00+00:00"),  # twice that night; the first
        ("2026-03-01T08:59:30Z", "", "2026-03-01T08:59:30+00:00"),
    ],
)
def test_a_time_is_one_instant(typed: str, zone: str, instant: str) -> None:
    assert read_time(typed, zone, NOW).isoformat() == instant


@pytest.mark.parametrize(
    ("typed", "zone", "why"),
    [
        ("tomorrow", "", "no time such as"),
        ("2026-03-02 09:00", "", "needs a time zone"),
        ("2026-03-02 09:00", "Europe/Atlantis", "no time zone"),
        ("2026-03-02 09:00", "../../etc/passwd", "no time zone"),
        ("2026-03-29T02:30", "Europe/Berlin", "go forward"),
        ("2026-02-28T09:00:00Z", "", "has passed"),
        ("2126-02-28T09:00:00Z", "", "at most"),
    ],
)
def test_what_is_no_such_time_is_refused(typed: str, zone: str, why: str) -> None:
    with pytest.raises(TimeWrong, match=why):
        read_time(typed, zone, NOW)
