"""`yizhan diagnose`: JSON lines in, JSON lines out.  It needs no store and no network, so it starts without them."""

import json
import sys
from collections.abc import Iterator
from typing import BinaryIO

from yizhan.cli.output import DONE, REFUSED
from yizhan.runtime.environment import read_environment
from yizhan.services.catalogue.diagnoses import MAX_LINE, diagnose_lines


def diagnose() -> int:
    """Name what servers said, one refusal a line, in the order they came.

    A line is {"provider"?, "host"?, "protocol", "stage", "raw"}; the answer {"cause", "retry", "retry_after_s",
    "title", "remedy", ...}.  A line that cannot be used gives {"error": ...} with its number; then the exit code is 1.
    """
    language = read_environment().language or "en"
    code = DONE
    out = sys.stdout.buffer
    for answer in diagnose_lines(_lines(sys.stdin.buffer), language):
        code = REFUSED if "error" in answer else code
        out.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
    out.flush()
    return code


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines, each at most a little longer than may be; the rest of a longer one is passed over."""
    while line := source.readline(MAX_LINE + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE + 1)
        yield line
