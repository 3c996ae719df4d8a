"""`yizhan diagnose` of 10,000 lines, start and all: the figure is under 2 s."""

import json
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

LINES = 10_000
SECONDS = 2.0
CORPUS = Path(__file__).parent.parent / "tests" / "corpus" / "refusals"
YIZHAN = Path(sys.executable).parent / "yizhan"


def make_lines() -> bytes:
    """Recorded and written refusals in turn, each made different, so that nothing can be remembered."""
    records = [json.loads(line) for path in sorted(CORPUS.glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    lines = [
        json.dumps({**record, "raw": f"{record['raw']} q{number}"})
        for number, record in enumerate(islice(cycle(records), LINES))
    ]
    return "\n".join(lines).encode() + b"\n"


def main() -> int:
    given = make_lines()
    best = float("inf")
    for _ in range(3):
        begun = time.monotonic()
        done = subprocess.run([YIZHAN, "diagnose"], input=given, capture_output=True, check=True)
        best = min(best, time.monotonic() - begun)
        assert done.stdout.count(b"\n") == LINES
    print(f"diagnose: {LINES:,} lines in {best:.2f} s (best of 3), {SECONDS} s at most")
    return best > SECONDS


if __name__ == "__main__":
    sys.exit(main())
