"""A sync in which nothing has changed, over TLS, with connect and login: beside mbsync and a bare QRESYNC select.

Ours is that of an engine that runs, nine in a row in each round; mbsync is a process each time, as it is used.  The
bare client says ENABLE and one EXAMINE.  Fails below 15 times mbsync's speed or above twice the bare client's time.
"""

import sys

from bench.support import peers
from bench.support.rounds import judge, play, read_options, report
from bench.support.server import serving

OURS = "ours, an engine that runs"


def main() -> int:
    options = read_options(__doc__)
    with serving(options.cache, options.messages) as served:
        home, folder = served.fresh("home"), served.fresh("mbsync")
        peers.ours(served, home, "headers")
        peers.mbsync(served, folder)
        peers.mbsync(served, folder)
        works = {
            "bare QRESYNC select": lambda: peers.qresync(served),
            OURS: lambda: peers.ours(served, home, "again")["seconds"],
            "mbsync": lambda: peers.mbsync(served, folder),
        }
        found = play(options.rounds, works)
    medians = report(f"nothing new in {options.messages} messages", found, "ms", 1000.0)
    return judge(medians, OURS, {"mbsync": 1 / 15, "bare QRESYNC select": 2.0})


if __name__ == "__main__":
    sys.exit(main())
