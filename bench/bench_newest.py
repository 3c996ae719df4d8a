"""From the moment an account is bound until its newest 50 messages, with their bytes, are in the list: a real Dovecot.

`serve`'s own way with the account, from connecting on: newest headers first, then newest bodies, then history.  The
list is asked as the page asks it, every 20 ms.  Fails above five seconds.
"""

import sys

from bench.support import peers
from bench.support.rounds import play, read_options, report
from bench.support.server import serving

GOAL_S = 5.0
LISTED, READABLE = "newest 50 listed", "newest 50 listed and readable"


def main() -> int:
    options = read_options(__doc__)
    with serving(options.cache, options.messages) as served:
        seen: list[float] = []

        def listed() -> float:
            found = peers.ours(served, served.fresh("home"), "newest")
            seen.append(found["readable"])
            return found["listed"]

        found = play(options.rounds, {LISTED: listed, READABLE: seen.pop})
    medians = report(f"a mailbox of {options.messages} messages", found)
    print(f"  goal {GOAL_S:g} s: {'reached' if medians[READABLE] <= GOAL_S else 'NOT reached'}")
    return int(medians[READABLE] > GOAL_S)


if __name__ == "__main__":
    sys.exit(main())
