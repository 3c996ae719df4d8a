"""Whether there is room for more mail; a full disk cannot be written down, so it is looked at when somebody asks."""

from yizhan.store.limits import LOW_ROOM_BYTES
from yizhan.store.room import free_bytes


def is_short() -> bool:
    """Whether a large message may not fit any more."""
    return free_bytes() < LOW_ROOM_BYTES
