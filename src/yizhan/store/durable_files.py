"""Files and names that survive a power cut."""

import ctypes
import os
from collections.abc import Callable, Sequence
from pathlib import Path

_MANY = 4
# syncfs(2); since Linux 5.8 it tells of writes that failed, as fsync does.
_sync_file_system: Callable[[int], int] | None = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def sync_directory(path: Path) -> None:
    """The names in a folder reach the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def sync_files(paths: Sequence[Path], top: Path) -> None:
    """Files, their names, and the names of the folders from them up to `top` reach the disk.

    Many at once by one call for the whole file system, where there is one (Linux): it takes a fifth of the time.
    """
    if len(paths) >= _MANY and _sync_file_system is not None:
        _sync_all(top, _sync_file_system)
        return
    folders: dict[Path, None] = {}
    for path in paths:
        _sync(path, os.O_RDONLY)
        above = path.parents
        folders |= dict.fromkeys(above[: above.index(top) + 1])
    for folder in folders:
        sync_directory(folder)


def _sync_all(top: Path, sync: Callable[[int], int]) -> None:
    file = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if sync(file):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(file)


def _sync(path: Path, flags: int) -> None:
    file = os.open(path, flags)
    try:
        os.fsync(file)
    finally:
        os.close(file)
