"""Drawings from figures: places in a picture of 1000 by some units, so that no style is written into a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from yizhan.web import formats
from yizhan.web.statuses import Chip, status_of

WIDTH = 1000.0
_NARROWEST = 3.0  # a failure of a minute in a week has to be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """A span of one status: where it begins and how wide it is, and its look."""

    x: float
    width: float
    chip: Chip
    began: str
    lasted: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A midnight."""

    x: float
    title: str


def timeline_chart(past: Mapping[str, Any]) -> tuple[Sequence[Bar], Sequence[Tick]]:
    """The bars and days of `services.accounts.timeline`."""
    since, until = past["since"], past["until"]
    return [_bar(span, since, until) for span in past["spans"]], list(_ticks(since, until))


def _bar(span: Mapping[str, Any], since: datetime, until: datetime) -> Bar:
    x = _place(span["began_at"], since, until)
    width = max(_NARROWEST, _place(span["ended_at"], since, until) - x)
    chip = status_of("account", span["status"], span["diagnosis"])
    return Bar(
        min(x, WIDTH - width), width, chip, formats.when(span["began_at"]), formats.duration(span["seconds"] * 1000)
    )


def _ticks(since: datetime, until: datetime) -> list[Tick]:
    day = timezone.localtime(since).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    ticks = []
    while day < until:
        ticks.append(Tick(_place(day, since, until), formats.day(day)))
        day += timedelta(days=1)
    return ticks


def _place(at: datetime, since: datetime, until: datetime) -> float:
    return round(WIDTH * (at - since) / (until - since), 1)
