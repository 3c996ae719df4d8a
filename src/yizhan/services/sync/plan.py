"""What to do so that what we hold equals what the server has, over the window that is synced.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

Flags = frozenset[str]


@dataclass(frozen=True, slots=True)
class View:
    """One side of a mailbox: its UIDVALIDITY and the flags of each UID in the window."""

    uid_validity: int
    flags: Mapping[int, Flags]


@dataclass(frozen=True, slots=True)
class Void:
    """Forget every message held: their UIDs mean nothing any more."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch the metadata of these UIDs, newest first."""

    uids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop these UIDs: the server no longer has them."""

    uids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reflag:
    """Give these messages these flags."""

    flags: Mapping[int, Flags]


Step = Void | Fetch | Forget | Reflag


def plan(remote: View, local: View | None) -> list[Step]:
    """The steps that make `local` equal `remote`; engine.py carries them out.

    A new UIDVALIDITY voids every UID we hold, so nothing is compared across it (RFC 9051 §2.3.1.1).
    `local` is None for a mailbox that was never synced.
    """
    steps: list[Step] = []
    held: Mapping[int, Flags] = {}
    if local is not None and local.uid_validity != remote.uid_validity:
        steps.append(Void())
    elif local is not None:
        held = local.flags
    gone = tuple(sorted(held.keys() - remote.flags.keys()))
    new = tuple(sorted(remote.flags.keys() - held.keys(), reverse=True))
    changed = {uid: remote.flags[uid] for uid in sorted(held.keys() & remote.flags) if held[uid] != remote.flags[uid]}
    if gone:
        steps.append(Forget(gone))
    if changed:
        steps.append(Reflag(changed))
    if new:
        steps.append(Fetch(new))
    return steps
