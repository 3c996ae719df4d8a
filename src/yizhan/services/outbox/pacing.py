"""How fast an account may send: what its provider bears, or its person says; counted from what was kept.

All windows roll: a day is the last 24 hours, as Gmail and Yandex count it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.providers.entries import Provider
from yizhan.services.accounts.lifecycle import AccountStatus, may_send
from yizhan.services.catalogue.known import provider_by_id
from yizhan.services.outbox.limits import HOUSE_A_DAY, HOUSE_A_MINUTE, HOUSE_AN_HOUR
from yizhan.store import accounts, submissions
from yizhan.store.models import Account
from yizhan.store.scope import Scope

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EDITABLE = ("a_minute", "an_hour", "a_day", "recipients", "gap_s", "size_bytes")
_MOST = 1_000_000_000


class CapWrong(BadInput):
    """A limit of sending is a whole number that is not below 0."""

    code = "cap_wrong"


@dataclass(frozen=True, slots=True)
class Caps:
    """Messages a minute, hour and day; recipients of one message and of a day; seconds between two messages; bytes of
    one message.  None: no limit is known."""

    a_minute: int | None = None
    an_hour: int | None = None
    a_day: int | None = None
    recipients: int | None = None
    gap_s: int | None = None
    size_bytes: int | None = None
    recipients_a_day: int | None = None


def caps_of(account: Account, provider: Provider | None) -> Caps:
    """The person's own over the provider's; a person's 0 is no limit at all.

    What a public provider does not tell is the house's guess; what a server of one's own bears is its owner's to say.
    """
    known = Caps()
    if provider is not None:
        told = provider.limits
        known = Caps(
            a_minute=HOUSE_A_MINUTE,
            an_hour=HOUSE_AN_HOUR,
            a_day=told.messages_a_day or min(HOUSE_A_DAY, told.recipients_a_day or HOUSE_A_DAY),
            recipients=told.recipients_a_message,
            size_bytes=told.size_bytes,
            recipients_a_day=told.recipients_a_day,
        )
    own = {name: int(value) or None for name, value in account.caps.items() if name in EDITABLE and value is not None}
    return replace(known, **own)


def read_caps(typed: Mapping[str, str]) -> dict[str, int | None]:
    """A form's words as they are kept in an account's `caps`: empty is the provider's.  Raises `CapWrong`."""
    return {name: _read_number(typed[name].strip()) for name in EDITABLE if name in typed}


def _read_number(typed: str) -> int | None:
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and int(typed) <= _MOST):
        raise CapWrong(f"{typed[:20]!r} is no whole number from 0 on")
    return int(typed)


def next_slot(
    caps: Caps,
    sent_at: Sequence[datetime],
    now: datetime,
    addressed_at: Sequence[datetime] = (),
    recipients: int = 1,
) -> datetime:
    """The first instant from `now` on at which one more message may go.  Pure.

    `sent_at` are the messages of the last 24 hours, the earliest first; `addressed_at` has each of those instants once
    for each of its recipients, and the message is to `recipients`.
    """
    slots = [now]
    if caps.gap_s is not None and sent_at:
        slots.append(sent_at[-1] + timedelta(seconds=caps.gap_s))
    windows = ((caps.a_minute, MINUTE), (caps.an_hour, HOUR), (caps.a_day, DAY))
    slots += [sent_at[-cap] + window for cap, window in windows if cap and len(sent_at) >= cap]
    cap = caps.recipients_a_day
    room = max(0, (cap or 0) - recipients)  # a message to more than a day's recipients goes alone
    if cap is not None and len(addressed_at) > room:
        slots.append(addressed_at[-room - 1] + DAY)
    return max(slots)


class Past:
    """What an account has sent in the last 24 hours; grows by what is sent now."""

    def __init__(self, dots: Sequence[tuple[datetime, int]]) -> None:
        self._sent_at = [at for at, _ in dots]
        self._addressed_at = [at for at, people in dots for _ in range(people)]

    def next_slot(self, caps: Caps, now: datetime, recipients: int) -> datetime:
        """When a message to so many may go."""
        return next_slot(caps, self._sent_at, now, self._addressed_at, recipients)

    def note(self, at: datetime, recipients: int) -> None:
        """One more was handed over."""
        self._sent_at.append(at)
        self._addressed_at.extend([at] * recipients)

    def slots(self, caps: Caps, now: datetime, messages: Sequence[int]) -> Iterator[datetime]:
        """When each of these messages, in order and each to so many, may go as far as it is known now."""
        for recipients in messages:
            at = self.next_slot(caps, now, recipients)
            self.note(at, recipients)
            yield at


def read_past(account_id: AccountId, now: datetime) -> Past:
    """From the marks of the final dots, which are kept whatever happens to this process."""
    return Past(submissions.dots_since(account_id, now - DAY))


def meters(scope: Scope, clock: Clock) -> list[dict[str, Any]]:
    """Of each account `account_id label address colour status may_send caps`, what it `used_today` and `used_hour` of
    `a_day` and `an_hour`, how many are `waiting`, and `until` when a limit makes them wait (None: it does not)."""
    now = clock.now()
    today, hour = submissions.sent_by_account(scope, now - DAY), submissions.sent_by_account(scope, now - HOUR)
    waiting = submissions.waiting_by_account(scope)
    return [
        _meter(row, today.get(row.pk, 0), hour.get(row.pk, 0), waiting.get(row.pk, 0), now)
        for row in accounts.list_all(scope)
    ]


def _meter(row: Account, today: int, hour: int, waiting: int, now: datetime) -> dict[str, Any]:
    caps = caps_of(row, provider_by_id(row.provider))
    until = read_past(AccountId(row.pk), now).next_slot(caps, now, 1) if waiting else now
    return {
        "account_id": row.pk,
        "label": row.label or row.address,
        "address": row.address,
        "colour": row.colour,
        "status": row.status,
        "may_send": may_send(AccountStatus(row.status), row.diagnosis),
        "caps": {each.name: getattr(caps, each.name) for each in fields(caps)},
        "used_today": today,
        "used_hour": hour,
        "a_day": caps.a_day,
        "an_hour": caps.an_hour,
        "waiting": waiting,
        "until": until if until > now else None,
    }
