"""What the finds have in common: how many are of each account, mailbox, time and kind."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from yizhan.store.models import Mailbox
from yizhan.store.scope import Scope
from yizhan.store.search.finding import Hit
from yizhan.store.search.index import moment_of, place_at
from yizhan.store.search.limits import MAX_MEANT
from yizhan.store.search.query import role_of


@dataclass(frozen=True, slots=True)
class Facets:
    """How many of the finds, by account id, by role or else name of their mailbox, by year, by first day, by kind.

    Kinds are `attached unread flagged answered`; each of `since` counts those from that moment on.
    """

    accounts: Counter[int] = field(default_factory=Counter)
    mailboxes: Counter[str] = field(default_factory=Counter)
    years: Counter[int] = field(default_factory=Counter)
    since: Counter[datetime] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)


def count_facets(scope: Scope, hits: Sequence[Hit], since: Sequence[datetime]) -> Facets:
    """Over these finds, the newest first; years are those of the first moment's zone."""
    places = [hit.place for hit in reversed(hits)]
    zone = (since[0].tzinfo if since else None) or UTC
    found = Facets(accounts=Counter(hit.account_id for hit in hits), years=_years(places, zone))
    for moment in since:
        found.since[moment] = len(places) - bisect_left(places, place_at(moment))
    for name, number in _names(scope, Counter(hit.mailbox_id for hit in hits)):
        found.mailboxes[name] += number
    found.kinds["attached"] = sum(hit.attachments > 0 for hit in hits)
    found.kinds["unread"] = sum(not hit.seen for hit in hits)
    found.kinds["flagged"] = sum(bool(hit.flagged) for hit in hits)
    found.kinds["answered"] = sum(bool(hit.answered) for hit in hits)
    return found


def _years(places: Sequence[int], zone: tzinfo) -> Counter[int]:
    """Of places in their order; one look a year, not one a place."""
    found: Counter[int] = Counter()
    end = len(places)
    while end:
        year = moment_of(places[end - 1], zone).year
        begin = bisect_left(places, place_at(datetime(year, 1, 1, tzinfo=zone)))
        found[year] = end - begin
        end = begin
    return found


def _names(scope: Scope, by_mailbox: Counter[int]) -> list[tuple[str, int]]:
    """What `in:` calls these mailboxes: the role, or what their name means, or their name."""
    counted = dict(by_mailbox.most_common(MAX_MEANT))
    rows = Mailbox.objects.filter(account__workspace_id=scope.workspace_id, pk__in=counted)
    return [(row.role or role_of(row.name) or row.name, counted[row.pk]) for row in rows]
