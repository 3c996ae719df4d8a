"""Memory of the first sync of 500,000 messages: the peak of the process above what it had before it connected.

The server makes its answers up as it goes.  `serve`'s own way, then a sync in which nothing has changed.  Fails above
200 MB.
"""

import os
import sys
import tempfile
from pathlib import Path

from bench.support import peers
from bench.support.canned import serving_canned
from bench.support.rounds import read_options
from tests.support.places import RUN_VARIABLE

GOAL_MB = 200.0


def main() -> int:
    options = read_options(__doc__, messages=500_000, rounds=1)
    with tempfile.TemporaryDirectory(prefix="yz-bench-") as name:
        os.environ[RUN_VARIABLE] = name
        with serving_canned(Path(name), options.messages) as served:
            home = served.fresh("home")
            first = peers.ours(served, home, "watch")
            again = peers.ours(served, home, "again")
    assert first["messages"] == options.messages, first
    print(f"{options.messages} messages, load now {os.getloadavg()[0]:.1f}")
    print(
        f"  first sync        {first['mb']:7.1f} MB above idle, {first['seconds']:.0f} s, {first['cpu']:.0f} s of CPU"
    )
    print(f"  nothing changed   {again['mb']:7.1f} MB above idle, {again['seconds'] * 1000:.0f} ms")
    most = max(first["mb"], again["mb"])
    print(f"  goal {GOAL_MB:g} MB: {'reached' if most <= GOAL_MB else 'NOT reached'}")
    return int(most > GOAL_MB)


if __name__ == "__main__":
    sys.exit(main())
