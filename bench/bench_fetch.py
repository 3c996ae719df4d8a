"""Reading FETCH responses with ENVELOPE and BODYSTRUCTURE: ours beside imapclient's parser, on the same bytes.

imapclient's parser is given what `imaplib` has cut already, so ours is measured with its responses cut already too, and
once more from the bytes of the wire.  imapclient reads the dates inside ENVELOPE and ours leaves them as text, so it is
measured as it is, and with its dates left as text: that ratio, parser to parser, is the one that counts.  In a second
corpus nobody writes or is written to twice, so that what ours keeps of people it has met does not help it.
That both give the same values is held by `tests/imap/test_structure.py`.
"""

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

from fetch_corpus import CORRESPONDENTS, fetch_responses, split_as_imaplib
from imapclient import response_parser

from yizhan.imap.frames import Frame, Framer
from yizhan.imap.grammar import Dialect
from yizhan.imap.responses import parse_response
from yizhan.imap.types import Fetched

MESSAGES = 2000
ROUNDS = 9
WANTED = 8.0
READ = 64 * 1024  # bytes at a time, as they come from a socket


def cut(wire: bytes) -> list[Frame]:
    """The responses of the wire, not understood yet."""
    framer = Framer()
    framer.allow_messages()
    frames = []
    for at in range(0, len(wire), READ):
        framer.feed(wire[at : at + READ])
        while (frame := framer.next_frame()) is not None:
            frames.append(frame)
    return frames


def parse(frames: list[Frame]) -> list[Any]:
    dialect = Dialect()
    return [parse_response(frame, dialect) for frame in frames]


def cut_and_parse(wire: bytes) -> list[Any]:
    return parse(cut(wire))


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


def measure(people: int) -> float:
    """Print one corpus's table; gives the ratio that counts."""
    responses = fetch_responses(MESSAGES, people=people)
    wire = b"".join(responses)
    items = [item for response in responses for item in split_as_imaplib(response)]
    parsed = cut_and_parse(wire)
    assert len(parsed) == len(theirs(items)) == MESSAGES
    assert all(isinstance(each, Fetched) and each.envelope and each.structure and not each.defect for each in parsed)
    works: dict[str, tuple[Callable[[Any], Any], Any]] = {
        "ours, responses cut already": (parse, cut(wire)),
        "ours, from the wire": (cut_and_parse, wire),
        "imapclient, dates as text": (theirs_without_dates, items),
        "imapclient": (theirs, items),
    }
    del parsed
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, (work, given) in works.items():
            times[name].append(seconds(work, given) / MESSAGES * 1e6)
    literals = sum(b"}\r\n" in response for response in responses) / MESSAGES
    print(f"{MESSAGES} responses of {people} people, {len(wire) / 1e6:.1f} MB, {literals:.0%} with literals")
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, median in medians.items():
        least, most = min(times[name]), max(times[name])
        ratio = median / medians["ours, responses cut already"]
        print(f"  {name:28} {median:6.1f} us CPU a message (from {least:.1f} to {most:.1f}), {ratio:4.1f} x")
    return medians["imapclient, dates as text"] / medians["ours, responses cut already"]


def main() -> None:
    ratio = measure(CORRESPONDENTS)
    measure(4 * MESSAGES)
    verdict = "reached" if ratio >= WANTED else "not reached"
    print(f"medians of {ROUNDS} interleaved rounds; wanted at least {WANTED:g} x, measured {ratio:.1f} x: {verdict}")


if __name__ == "__main__":
    main()
