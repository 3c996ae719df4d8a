"""How far the mail of each account has come: what is held of what its range has at the server."""

from collections.abc import Iterable
from dataclasses import dataclass

from yizhan.imap.numset import NumSet
from yizhan.store import mailboxes
from yizhan.store.models import Mailbox
from yizhan.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Progress:
    """Messages of one account: `held` here, `in_range` at the server."""

    account_id: int
    held: int
    in_range: int

    @property
    def percent(self) -> int:
        """0 to 99: what is done has no progress."""
        return min(99, 100 * self.held // max(1, self.in_range))


def read_progress(scope: Scope) -> list[Progress]:
    """Of each account whose history is still on its way, in the order they were bound."""
    held: dict[int, list[Mailbox]] = {}
    for row in mailboxes.on_the_way(scope):
        held.setdefault(row.account_id, []).append(row)
    return [_sum(account_id, rows) for account_id, rows in held.items()]


def _sum(account_id: int, rows: Iterable[Mailbox]) -> Progress:
    pairs = [(min(_held(row), row.in_range or 0), row.in_range or 0) for row in rows]
    return Progress(account_id, sum(held for held, _ in pairs), sum(wanted for _, wanted in pairs))


def _held(row: Mailbox) -> int:
    return len(NumSet.parse(row.held_uids.encode())) if row.held_uids else 0
