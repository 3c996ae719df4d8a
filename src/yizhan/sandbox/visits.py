"""A browser at the security pages: who is signed in where, and what it is in the middle of."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from yizhan.base.clock import Clock
from yizhan.sandbox.limits import MAX_VISITS
from yizhan.sandbox.people import Person

CODE_SECONDS = 600.0
CODE_TRIES = 5


@dataclass(slots=True)
class PendingCode:
    """A code that was sent to the phone and has to come back."""

    code: str
    sent: float
    tries: int = 0


@dataclass(slots=True)
class Visit:
    """`token` stands in every form, so that another site cannot send one; `sums` are the human check's numbers."""

    id: str
    token: str
    language: str = ""
    signed_in: dict[str, Person] = field(default_factory=dict)
    codes: dict[str, PendingCode] = field(default_factory=dict)
    sums: tuple[int, int] = (2, 2)

    def ask_sum(self) -> str:
        """A new question of the human check."""
        self.sums = (secrets.randbelow(8) + 2, secrets.randbelow(8) + 2)
        return f"{self.sums[0]} + {self.sums[1]}"

    def is_sum(self, typed: str) -> bool:
        return typed.strip() == str(sum(self.sums))

    def send_code(self, persona_id: str, code: str, clock: Clock) -> None:
        self.codes[persona_id] = PendingCode(code, clock.monotonic())

    def take_code(self, persona_id: str, typed: str, clock: Clock) -> bool:
        """True once for the right code, while it is fresh."""
        pending = self.codes.get(persona_id)
        if pending is None:
            return False
        pending.tries += 1
        if pending.tries > CODE_TRIES or clock.monotonic() - pending.sent > CODE_SECONDS:
            del self.codes[persona_id]
            return False
        if not secrets.compare_digest(typed.strip().encode(), pending.code.encode()):
            return False
        del self.codes[persona_id]
        return True


class Visits:
    """The newest `MAX_VISITS`."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[str, Visit] = OrderedDict()

    def find(self, cookie: str) -> tuple[Visit, bool]:
        """The visit of this cookie, or a new one and True."""
        known = self._by_id.get(cookie)
        if known is not None:
            self._by_id.move_to_end(cookie)
            return known, False
        visit = Visit(secrets.token_urlsafe(24), secrets.token_urlsafe(16))
        self._by_id[visit.id] = visit
        if len(self._by_id) > MAX_VISITS:
            self._by_id.popitem(last=False)
        return visit, True
