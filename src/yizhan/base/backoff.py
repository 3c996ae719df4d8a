"""When to try again: exponential backoff with full jitter, the dice handed in."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays of at most `first * factor**n` seconds, capped, drawn evenly from nothing to that bound.

    Full jitter, so that a thousand accounts that lost one server do not return in step.
    """

    first: float
    cap: float
    factor: float = 2.0

    def bound(self, failures: int) -> float:
        """The longest delay in seconds after so many failures in a row (1 is the first)."""
        if failures < 1:
            return 0.0
        exponent = min(failures - 1, 64)  # 2.0**64 is past every cap; a larger power would overflow a float
        return min(self.cap, self.first * self.factor**exponent)

    def delay(self, failures: int, dice: Callable[[], float]) -> float:
        """Seconds to wait; `dice` gives a number in [0, 1)."""
        return self.bound(failures) * dice()
