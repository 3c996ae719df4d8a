"""First sync of a mailbox's headers over TLS, parsed and stored: beside imapflow, which stores nothing, and a drain.

The drain reads the same answer and throws it away.  Header words are found by the index's worker afterwards, bodies
come later; both have figures of their own.  Fails below 2.5 times imapflow's speed or above twice the drain's time.
"""

import shutil
import sys

from bench.support import peers
from bench.support.rounds import judge, play, read_options, report
from bench.support.server import ITEMS, serving

IMAPFLOW_ITEMS = '{"uid":true,"flags":true,"internalDate":true,"size":true,"envelope":true,"bodyStructure":true}'
OURS, WATCH = "ours, all at once (`sync`)", "ours, as `serve` brings it"


def main() -> int:
    options = read_options(__doc__)
    with serving(options.cache, options.messages) as served:
        made, home = served.fresh("made"), served.fresh("home")
        peers.ours(served, made, "nothing")

        def run(what: str) -> float:
            shutil.rmtree(home)
            shutil.copytree(made, home)
            found = peers.ours(served, home, what)
            assert found["messages"] == served.count, found
            return found["seconds"]

        works = {
            "drain": lambda: peers.drain(served, ITEMS),
            OURS: lambda: run("headers"),
            WATCH: lambda: run("watch"),
            "imapflow": lambda: peers.imapflow(served, options.cache, IMAPFLOW_ITEMS),
        }
        found = play(options.rounds, works)
    medians = report(f"headers of {options.messages} messages", found)
    goals = {"imapflow": 1 / 2.5, "drain": 2.0}
    return judge(medians, OURS, goals) | judge(medians, WATCH, goals)


if __name__ == "__main__":
    sys.exit(main())
