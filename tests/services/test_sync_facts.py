"""What a stranger may write into a date, and what is kept of it."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.imap.dates import parse_date_time
from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.types import Envelope, Fetched
from yizhan.services.sync.facts import message_facts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        b"Fri, 31 Dec 9999 23:59:59 -1200",
        b"Mon, 1 Jan 99999 00:00:00 +0000",
        b"Mon, 1 Jan 2020 00:00:00 +99999999999999999",
        b"nonsense",
    ],
)
def test_a_date_outside_the_calendar_is_none_and_stops_no_sync(date: bytes) -> None:
    envelope = Envelope(date, None, (), (), (), (), (), (), None, None)
    facts = message_facts(Fetched(number=1, uid=1, internal_date=NOON, envelope=envelope))
    assert facts.date is None


@pytest.mark.parametrize("date", [b"31-Dec-9999 23:59:59 -1200", b"01-Jan-0001 00:00:00 +1400"])
def test_an_arrival_that_no_clock_in_utc_can_show_is_a_defect(date: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_date_time(date)


@given(
    st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["{}", "{} (MSK)", " {}", "{}\t", "{} (Pacific (PST))"]),
)
def test_a_date_is_the_same_instant_in_every_form_that_mailers_write(moment: datetime, ahead: int, form: str) -> None:
    written = form.format(format_datetime(moment.astimezone(timezone(timedelta(minutes=ahead)))))
    envelope = Envelope(written.encode(), None, (), (), (), (), (), (), None, None)
    facts = message_facts(Fetched(number=1, uid=1, internal_date=NOON, envelope=envelope))
    assert facts.date == moment
