"""What the finds have in common: how many are of each account, mailbox, time and kind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from yizhan.store.models import Mailbox
from yizhan.store.scope import Scope
from yizhan.store.search.finding import Hit
from yizhan.store.search.index import moment_of
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
    """Over these finds; years are those of the first moment's zone."""
    zone = since[0].tzinfo if since else UTC
    found = Facets(accounts=Counter(hit.account_id for hit in hits))
    found.years.update(moment_of(hit.place, zone or UTC).year for hit in hits)
    for moment in since:
        found.since[moment] = sum(moment_of(hit.place) >= moment for hit in hits)
    for name, number in _names(scope, Counter(hit.mailbox_id for hit in hits)):
        found.mailboxes[name] += number
    found.kinds["attached"] = sum(hit.attachments > 0 for hit in hits)
    found.kinds["unread"] = sum(not hit.seen for hit in hits)
    found.kinds["flagged"] = sum(bool(hit.flagged) for hit in hits)
    found.kinds["answered"] = sum(bool(hit.answered) for hit in hits)
    return found


def _names(scope: Scope, by_mailbox: Counter[int]) -> list[tuple[str, int]]:
    """What `in:` calls these mailboxes: the role, or what their name means, or their name."""
    counted = dict(by_mailbox.most_common(MAX_MEANT))
    rows = Mailbox.objects.filter(account__workspace_id=scope.workspace_id, pk__in=counted)
    return [(row.role or role_of(row.name) or row.name, counted[row.pk]) for row in rows]
