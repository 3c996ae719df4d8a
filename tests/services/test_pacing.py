"""How fast an account may send: no window ever holds more than its limit, and no message waits longer than it must."""

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.clocks import SetClock
from tests.store.making import NOON, bind
from yizhan.base.ids import AccountId
from yizhan.providers.entries import Provider
from yizhan.services.catalogue.known import provider_by_id
from yizhan.services.outbox.pacing import Caps, CapWrong, Past, caps_of, meters, next_slot, read_caps, set_caps
from yizhan.store import submissions
from yizhan.store.models import Account
from yizhan.store.scope import Scope

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def caps_at(provider: str, **own: Any) -> Caps:
    return caps_of(cast(Account, SimpleNamespace(caps=own)), provider_by_id(provider))


@given(
    st.builds(Caps, *[st.none() | st.integers(1, 4)] * 3, gap_s=st.none() | st.integers(0, 90)),
    st.lists(st.integers(0, 50_000), max_size=15),
)
def test_no_window_holds_more_than_its_limit(caps: Caps, waits: list[int]) -> None:
    past, now, sent = Past([]), NOON, []
    for wait in waits:
        now = past.next_slot(caps, now + timedelta(seconds=wait), 1)
        past.note(now, 1)
        sent.append(now)
    for cap, window in ((caps.a_minute, MINUTE), (caps.an_hour, HOUR), (caps.a_day, DAY)):
        held = [sum(at - window < other <= at for other in sent) for at in sent]
        assert max(held, default=0) <= (cap or len(sent))
    gaps = [(later - at).total_seconds() for at, later in pairwise(sent)]
    assert min([*gaps, 90]) >= (caps.gap_s or 0)


@pytest.mark.parametrize(
    ("caps", "ago", "slot"),
    [
        (Caps(), [HOUR], NOON),
        (Caps(a_minute=2), [timedelta(seconds=50), timedelta(seconds=10)], NOON + timedelta(seconds=10)),
        (Caps(a_minute=2), [timedelta(seconds=61), timedelta(seconds=10)], NOON),
        (Caps(a_day=1, a_minute=1), [HOUR], NOON + timedelta(hours=23)),
        (Caps(gap_s=30), [timedelta(seconds=10)], NOON + timedelta(seconds=20)),
        (Caps(gap_s=30), [], NOON),
    ],
)
def test_the_slot_is_the_first_that_every_limit_allows(caps: Caps, ago: list[timedelta], slot: Any) -> None:
    assert next_slot(caps, [NOON - each for each in ago], NOON) == slot


def test_recipients_of_a_day_are_counted_one_by_one() -> None:
    caps, past = Caps(recipients_a_day=10), Past([(NOON - HOUR, 6), (NOON - MINUTE, 3)])
    assert past.next_slot(caps, NOON, 1) == NOON
    assert past.next_slot(caps, NOON, 2) == NOON + DAY - HOUR
    assert past.next_slot(caps, NOON, 8) == NOON + DAY - MINUTE
    assert Past([]).next_slot(caps, NOON, 11) == NOON  # more than a day's go alone, and the server says what it thinks


def test_a_person_s_limits_stand_over_the_provider_s_and_those_over_the_house_s() -> None:
    yandex = caps_at("yandex")
    assert (yandex.a_day, yandex.recipients, yandex.recipients_a_day) == (500, 35, 500)
    assert caps_at("yandex", a_day=20, recipients=0).a_day == 20
    assert caps_at("yandex", a_day=20, recipients=0).recipients is None
    qq = caps_at("qq")
    assert (qq.a_minute, qq.an_hour, qq.a_day, qq.size_bytes) == (20, 100, 300, 73_400_320)
    assert caps_of(cast(Account, SimpleNamespace(caps={})), cast("Provider | None", None)) == Caps()


@pytest.mark.parametrize("typed", ["-1", "1.5", "ten", "٣", "9" * 12])
def test_a_limit_is_a_whole_number(typed: str) -> None:
    with pytest.raises(CapWrong):
        read_caps({"a_day": typed})


def test_the_meters_count_what_went_and_what_waits(scope: Scope) -> None:
    account = bind(scope, status="normal")
    for ago in (HOUR * 30, HOUR * 2, MINUTE):
        row = _hand_in(scope, account)
        submissions.mark_final_dot(row, NOON - ago)
        submissions.move(row, "queued", "sent", sent_at=NOON - ago)
    _hand_in(scope, account)
    set_caps(scope, AccountId(account.pk), {"a_day": "2", "an_hour": ""})
    [meter] = meters(scope, SetClock(NOON))
    assert (meter["used_today"], meter["used_hour"], meter["waiting"]) == (2, 1, 1)
    assert (meter["a_day"], meter["an_hour"], meter["until"]) == (2, None, NOON + DAY - HOUR * 2)


def _hand_in(scope: Scope, account: Account) -> int:
    row = submissions.create(
        scope,
        account.pk,
        state="queued",
        subject="hi",
        message_id="<1@example.com>",
        mail_from=account.address,
        recipients=[("b@example.com", "to")],
        blob=None,
        created_at=NOON,
    )
    return int(row.pk)
