"""Whatever a person, somebody else and the syncs do in whatever order: in the end both sides are equal.

And zulip's law on the way: whatever a list shows differently was named by a change.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.services.carrying import Post
from tests.store.databases import Home
from tests.support.dovecot import DOMAIN, Dovecot
from tests.support.mailhost import add_person
from yizhan.services.messages import acting
from yizhan.services.messages.acting import GoneForGood, Selection
from yizhan.store import changes
from yizhan.store.checks import inconsistencies
from yizhan.store.models import Mailbox, Message
from yizhan.store.scope import scope_of_home

_people = count(1)
MAILBOXES = ("INBOX", "Archive", "Trash")
Move = tuple[str, int]


class Play:
    """One account in which both sides act; `number` picks the message, whichever it then is."""

    def __init__(self, server: Dovecot) -> None:
        self.post = Post(scope_of_home(), server, add_person(server, f"player{next(_people)}@{DOMAIN}"))
        self.post.deliver(4)
        self.post.sync(*MAILBOXES)
        self.last = ""

    def make(self, move: Move) -> None:
        before, seen = self.view(), changes.latest(self.post.scope)
        steps: dict[str, Callable[[int], object]] = {
            "see": lambda number: self.act(acting.mark, number, seen=True),
            "unsee": lambda number: self.act(acting.mark, number, seen=False),
            "see all": lambda number: self.act_on(Selection(tuple(self.shown())), acting.mark, seen=True),
            "flag": lambda number: self.act(acting.mark, number, flagged=True),
            "archive": lambda number: self.act(acting.archive, number),
            "delete": self.delete,
            "back": lambda number: self.act(acting.not_junk, number),
            "undo": lambda number: acting.undo(self.post.scope, self.last, clock=self.post.clock),
            "carry": lambda number: self.post.carry(),
            "sync": lambda number: self.post.sync(*MAILBOXES),
            "deliver": lambda number: self.post.deliver(1, MAILBOXES[number % 3]),
            "they flag": lambda number: self.there(number, "STORE", "+FLAGS", "(\\Flagged)"),
            "they unsee": lambda number: self.there(number, "STORE", "-FLAGS", "(\\Seen)"),
            "they remove": lambda number: self.there(number, "STORE", "+FLAGS", "(\\Deleted)"),
            "they move": lambda number: self.there(number, "MOVE", MAILBOXES[(number + 1) % 3]),
        }
        steps[move[0]](move[1])
        assert self.differing(before) <= self.named_since(seen)

    def act(self, function: Callable[..., acting.Acted], number: int, **more: Any) -> None:
        shown = self.shown()
        self.act_on(Selection(tuple(shown[number % len(shown) :][:1]) if shown else ()), function, **more)

    def act_on(self, selection: Selection, function: Callable[..., acting.Acted], **more: Any) -> None:
        self.last = function(self.post.scope, selection, clock=self.post.clock, **more).action

    def delete(self, number: int) -> None:
        try:
            self.act(acting.delete, number)
        except GoneForGood:
            self.act(acting.delete, number, for_good=True)

    def there(self, number: int, verb: str, *words: str) -> None:
        """Somebody else does that to a message of one of the mailboxes."""
        with self.post.server.client(self.post.person.address) as client:
            client.select(MAILBOXES[number % 3])
            uids = client.uid("SEARCH", "ALL")[1][0].split()
            if uids:
                client.uid(verb, uids[number % len(uids)].decode(), *words)
                client.expunge()

    def shown(self) -> list[int]:
        return list(Message.objects.filter(account=self.post.account, hidden=False).values_list("pk", flat=True))

    def view(self) -> dict[int, list[Any]]:
        """What the list of each mailbox shows."""
        rows = Message.objects.filter(account=self.post.account, hidden=False).order_by("pk")
        found: dict[int, list[Any]] = {}
        for mailbox_id, *look in rows.values_list("mailbox_id", "pk", "seen", "flagged", "flags"):
            found.setdefault(mailbox_id, []).append(look)
        return found

    def differing(self, before: dict[int, list[Any]]) -> set[int]:
        after = self.view()
        return {number for number in before.keys() | after.keys() if before.get(number) != after.get(number)}

    def named_since(self, seen: int) -> set[int]:
        news = changes.since(self.post.scope, seen, limit=1_000)
        return {int(each.subject.partition(":")[2]) for each in news if each.subject.startswith("mailbox:")}

    def is_equal(self) -> bool:
        """After everything was carried and synced."""
        self.post.carry()
        self.post.sync(*MAILBOXES)
        assert inconsistencies() == []
        numbers = {
            row.wire_name: (row.messages, row.unseen) for row in Mailbox.objects.filter(account=self.post.account)
        }
        for name in MAILBOXES:
            there = self.post.flags_there(name)
            assert (name, self.post.flags_here(name)) == (name, there)
            assert numbers[name] == (len(there), sum("\\Seen" not in flags for flags in there.values()))
        return True


MOVES = [
    *("see", "unsee", "see all", "flag", "archive", "delete", "back", "undo", "carry", "sync"),
    *("deliver", "they flag", "they unsee", "they remove", "they move"),
]
# Shrinking plays each of its tries on a real server, for minutes: a failing play of ten moves is read without.
PLAYED = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
plays = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 11)), min_size=4, max_size=10)


@pytest.fixture
def new_play(dovecot: Dovecot) -> Callable[[], Play]:
    return lambda: Play(dovecot)


@PLAYED
@given(moves=plays)
def test_acts_of_both_sides_and_syncs_in_any_order_end_equal(
    sqlite: Home, new_play: Callable[[], Play], moves: Sequence[Move]
) -> None:
    play = new_play()
    for move in moves:
        play.make(move)
    assert play.is_equal()
