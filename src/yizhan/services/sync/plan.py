"""What to do so that what we hold equals what the server has, over the range that is synced.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yizhan.imap.numset import NumSet

Flags = frozenset[str]
NOTHING = NumSet()


@dataclass(frozen=True, slots=True)
class Remote:
    """The server's side, as much of it as was asked.

    `present` is every UID of the range; None where the server tells differences (QRESYNC): then `vanished` is what is
    gone, and `fresh` what of the range may not be here.  `others` are held UIDs that are of other messages now.
    `flags` are those that were told: all, or the changed ones.  `is_part`: only some of the newest were asked about.
    """

    uid_validity: int
    present: NumSet | None
    vanished: NumSet = NOTHING
    fresh: NumSet = NOTHING
    others: NumSet = NOTHING
    flags: Mapping[int, Flags] = field(default_factory=dict)
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """Our side: what is held under which UIDVALIDITY (None: never synced), and the flags of it."""

    uid_validity: int | None
    held: NumSet
    flags: Mapping[int, Flags]


@dataclass(frozen=True, slots=True)
class Void:
    """Forget every message held: their UIDs mean nothing any more."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop these UIDs: the server no longer has them, or they left the range."""

    uids: NumSet


@dataclass(frozen=True, slots=True)
class Reflag:
    """Give these messages these flags."""

    flags: Mapping[int, Flags]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch the metadata of these UIDs, newest first."""

    uids: NumSet


Step = Void | Forget | Reflag | Fetch


def plan(remote: Remote, local: Local) -> list[Step]:
    """The steps that make `local` equal `remote`; engine.py carries them out.

    A new UIDVALIDITY voids every UID we hold, so nothing is compared across it (RFC 9051 §2.3.1.1).
    """
    steps: list[Step] = []
    held = local.held
    if local.uid_validity not in (None, remote.uid_validity):
        steps.append(Void())
        held = NOTHING
    gone = _gone(remote, held)
    wanted = remote.fresh if remote.present is None else remote.present
    kept = held - gone
    known = local.flags if held else {}
    changed = {uid: flags for uid, flags in sorted(remote.flags.items()) if uid in kept and known.get(uid) != flags}
    missing = wanted - kept
    if gone:
        steps.append(Forget(gone))
    if changed:
        steps.append(Reflag(changed))
    if missing:
        steps.append(Fetch(missing))
    return steps


def leaves(remote: Remote, local: Local) -> int:
    """How many messages are held once the plan is carried out."""
    kept = local.held - _gone(remote, local.held)
    return len(kept | (remote.fresh if remote.present is None else remote.present))


def _gone(remote: Remote, held: NumSet) -> NumSet:
    absent = held & remote.vanished if remote.present is None else held - remote.present
    return absent | (held & remote.others)
