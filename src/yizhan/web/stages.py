"""The stages of a check as a person reads them: eight steps, whatever the probe calls its own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop, ngettext

from yizhan.web import formats


@dataclass(frozen=True, slots=True)
class Step:
    """One of the eight: the probe's stages that it gathers, and English words that are translated."""

    stages: tuple[str, ...]
    words: str
    waits_for: str


STEPS = (
    Step(("resolve",), gettext_noop("Resolve the name"), gettext_noop("where the server is")),
    Step(("route",), gettext_noop("Choose the way"), gettext_noop("directly or through a node")),
    Step(("connect",), gettext_noop("Connect"), gettext_noop("to the IMAP server")),
    Step(("tls", "greeting"), gettext_noop("Encrypt"), gettext_noop("certificate and greeting")),
    Step(("login", "id"), gettext_noop("Sign in"), gettext_noop("whether the secret is taken")),
    Step(("select",), gettext_noop("Open the inbox"), gettext_noop("some servers sign one in and refuse this")),
    Step(("fetch",), gettext_noop("Read mail"), gettext_noop("the newest message's size")),
    Step(
        ("smtp_connect", "smtp_tls", "ehlo", "smtp_auth"),
        gettext_noop("SMTP sign-in"),
        gettext_noop("signs in only; nothing is sent"),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One step as it stands: `state` is done, now, failed, throttled, waiting or skipped."""

    state: str
    title: str
    why: str
    time: str
    number: int


def rows_of(stages: Sequence[Mapping[str, Any]], current: str | None, *, is_over: bool, cause: str = "") -> list[Row]:
    """The eight steps.  `stages` are those that ended, as `asking.read_asked` has them; `is_over`: no more come."""
    seen = {stage["stage"]: stage for stage in stages}
    reached = _reached(seen, current)
    return [_row(number, step, seen, current, reached, is_over, cause) for number, step in enumerate(STEPS, 1)]


def step_of(stage: str) -> tuple[int, str]:
    """The number of the step that a stage belongs to, and its name; later stages of a session have none: 0."""
    for number, step in enumerate(STEPS, 1):
        if stage in step.stages:
            return number, gettext(step.words)
    return 0, stage


def total_ms(stages: Sequence[Mapping[str, Any]]) -> int:
    return sum(stage["ms"] for stage in stages)


def route_of(stages: Sequence[Mapping[str, Any]], chosen: str) -> str:
    """The way out that the check took; while that is not known, the one that was chosen."""
    taken = [str(stage["detail"]).partition(",")[0] for stage in stages if stage["stage"] == "route" and stage["ok"]]
    return taken[0] if taken else chosen


def _detail(stages: Sequence[Mapping[str, Any]]) -> str:
    """What was seen, as far as it can be said in the person's language."""
    seen = {stage["stage"]: str(stage["detail"]) for stage in stages}
    if count := re.fullmatch(r"(\d+) messages?", seen.get("select", "")):
        number = int(count[1])
        return ngettext("%(count)s message", "%(count)s messages", number) % {"count": formats.number(number)}
    if route := seen.get("route", "").partition(",")[0]:
        return gettext("directly") if route == "direct" else route
    return next((text for text in seen.values() if text), "")


def _reached(seen: Mapping[str, Any], current: str | None) -> int:
    """The number of the furthest step that was begun."""
    return max((step_of(stage)[0] for stage in (*seen, *([current] if current else []))), default=0)


def _row(
    number: int, step: Step, seen: Mapping[str, Any], current: str | None, reached: int, is_over: bool, cause: str
) -> Row:
    mine = [seen[stage] for stage in step.stages if stage in seen]
    title = gettext(step.words)
    time = formats.duration(sum(stage["ms"] for stage in mine)) if mine else ""
    if any(not stage["ok"] for stage in mine):
        throttled = cause in ("rate_limited", "too_many_connections")
        return Row("throttled" if throttled else "failed", title, gettext("refused"), time, number)
    if current in step.stages or (number == reached and not is_over):
        return Row("now", title, gettext("under way"), time, number)
    if number <= reached:
        return Row("done", title, _detail(mine), time, number)
    if is_over:
        return Row("skipped", title, "", gettext("left out"), number)
    return Row("waiting", title, gettext(step.waits_for), gettext("waits"), number)
