"""Reading FETCH responses with ENVELOPE and BODYSTRUCTURE: ours beside imapclient's parser, on the same bytes.

Ours begins with the bytes of the wire and ends with typed values.  imapclient's is given what `imaplib` would have cut
already, outside the time that is taken, which favours it.  It reads the dates inside ENVELOPE and ours leaves them as
text, so it is measured twice: as it is, and with its dates left as text too.  The second ratio is the one that counts.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from fetch_corpus import fetch_responses, split_as_imaplib
from imapclient import response_parser

from yizhan.imap.frames import Framer
from yizhan.imap.grammar import Dialect
from yizhan.imap.responses import parse_response
from yizhan.imap.types import Fetched

MESSAGES = 2000
ROUNDS = 9
WANTED = 8.0
READ = 64 * 1024  # bytes at a time, as they come from a socket


def ours(wire: bytes) -> list[Any]:
    """Every response of the wire as a value."""
    framer, dialect = Framer(), Dialect()
    framer.allow_messages()
    found = []
    for at in range(0, len(wire), READ):
        framer.feed(wire[at : at + READ])
        while (frame := framer.next_frame()) is not None:
            found.append(parse_response(frame, dialect))
    return found


def theirs(items: list[Any]) -> Any:
    return response_parser.parse_fetch_response(items, normalise_times=False)


def theirs_without_dates(items: list[Any]) -> Any:
    """The same, with the reading of dates taken out of it."""
    kept = response_parser.parse_to_datetime
    response_parser.parse_to_datetime = lambda text, normalise=True: text
    try:
        return theirs(items)
    finally:
        response_parser.parse_to_datetime = kept


def seconds(work: Callable[[Any], Any], given: Any) -> float:
    gc.collect()
    begun = time.process_time()
    work(given)
    return time.process_time() - begun


def main() -> int:
    responses = fetch_responses(MESSAGES)
    wire = b"".join(responses)
    items = [item for response in responses for item in split_as_imaplib(response)]
    literals = sum(b"}\r\n" in response for response in responses) / MESSAGES
    parsed = ours(wire)
    assert len(parsed) == len(theirs(items)) == MESSAGES
    assert all(isinstance(each, Fetched) and each.envelope and each.structure and not each.defect for each in parsed)
    times: dict[str, list[float]] = {"ours": [], "imapclient": [], "imapclient, dates as text": []}
    for _ in range(ROUNDS):
        times["ours"].append(seconds(ours, wire))
        times["imapclient"].append(seconds(theirs, items))
        times["imapclient, dates as text"].append(seconds(theirs_without_dates, items))
    medians = {name: statistics.median(each) for name, each in times.items()}
    print(f"{MESSAGES} responses, {len(wire) / 1e6:.1f} MB, {literals:.0%} with literals, {ROUNDS} rounds, CPU time")
    for name, median in medians.items():
        spread = f"{min(times[name]) / MESSAGES * 1e6:.1f} to {max(times[name]) / MESSAGES * 1e6:.1f}"
        print(f"{name:28} {median / MESSAGES * 1e6:7.1f} us a message ({spread}), {median / medians['ours']:5.1f} x")
    ratio = medians["imapclient, dates as text"] / medians["ours"]
    print(f"wanted: at least {WANTED:g} times as fast; measured {ratio:.1f}")
    return 0 if ratio >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
