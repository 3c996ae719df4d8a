"""First sync of all bodies to disk over TLS without compression: beside mbsync, and a drain of the same bytes.

Headers are here before; their time is not in it.  Ours are on disk for good (fsync) when they count, as mbsync's are.
Fails below twice mbsync's speed or above 1.4 times the drain's time.
"""

import shutil
import sys

from bench.support import peers
from bench.support.rounds import judge, play, read_options, report
from bench.support.server import serving

OURS = "ours, hashed, compressed, synced"


def main() -> int:
    options = read_options(__doc__)
    with serving(options.cache, options.messages) as served:
        filled, home = served.fresh("filled"), served.fresh("home")
        peers.ours(served, filled, "headers")

        def run() -> float:
            shutil.rmtree(home)
            shutil.copytree(filled, home)
            found = peers.ours(served, home, "bodies")
            assert found["bodies"] == served.count, found
            return found["seconds"]

        works = {
            "drain": lambda: peers.drain(served, "(UID BODY.PEEK[])"),
            OURS: run,
            "mbsync": lambda: peers.mbsync(served, served.fresh("mbsync")),
        }
        found = play(options.rounds, works)
    medians = report(f"bodies of {options.messages} messages", found)
    return judge(medians, OURS, {"mbsync": 1 / 2, "drain": 1.4})


if __name__ == "__main__":
    sys.exit(main())
