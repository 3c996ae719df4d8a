"""Interleaved rounds, their medians, and a table of them."""

import argparse
import os
import resource
import statistics
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured, how often, and where what can be used again is kept."""

    messages: int
    rounds: int
    cache: Path


def read_options(about: str | None, messages: int = 50_000, rounds: int = 5) -> Options:
    """From the command line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--messages", type=int, default=messages, help="messages in the mailbox (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=rounds, help="interleaved rounds (default %(default)s)")
    default = Path(tempfile.gettempdir()) / "yizhan-bench"
    parser.add_argument(
        "--cache", type=Path, default=default, help="keeps mailboxes between runs (default %(default)s)"
    )
    given = parser.parse_args()
    return Options(given.messages, given.rounds, given.cache)


Found = dict[str, list[tuple[float, float]]]


def play(rounds: int, works: Mapping[str, Callable[[], float | None]]) -> Found:
    """What each gave in every round, one after the other in each; those that gave None are left out.

    With each stands the processor time of the processes that it started, their own start and all.
    """
    found: Found = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            before = _processor()
            value = work()
            if value is not None:
                found[name].append((value, _processor() - before))
    return {name: values for name, values in found.items() if values}


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(about: str, found: Found, unit: str = "s", scale: float = 1.0) -> dict[str, float]:
    """Print the medians with their spread; gives them."""
    load = os.getloadavg()[0]
    print(f"{about}, {max(map(len, found.values()))} rounds: median (lowest to highest), load now {load:.1f}")
    medians = {name: statistics.median(value for value, _ in values) for name, values in found.items()}
    for name, values in found.items():
        lowest, highest = (edge(value for value, _ in values) * scale for edge in (min, max))
        processor = statistics.median(spent for _, spent in values)
        said = f"{medians[name] * scale:9.2f} {unit}  ({lowest:.2f} to {highest:.2f})"
        print(f"  {name:<34} {said:<36} processor of the client {processor:6.2f} s")
    return medians


def judge(medians: Mapping[str, float], ours: str, goals: Mapping[str, float]) -> int:
    """Print each ratio of ours to another; 1 if one is above its goal.  A goal of 0.5 is "twice as fast"."""
    short = 0
    for name, most in goals.items():
        if name not in medians:
            print(f"  {name}: not measured, it cannot be had here")
            continue
        ratio = medians[ours] / medians[name]
        said = f"{ratio:.2f} times its time" if most >= 1 else f"{1 / ratio:.2f} times as fast"
        goal = f"at most {most:g}" if most >= 1 else f"at least {1 / most:g}"
        print(f"  {ours} beside {name}: {said} (goal {goal}): {'reached' if ratio <= most else 'NOT reached'}")
        short |= int(ratio > most)
    return short
