"""Files and names that survive a power cut."""

import ctypes
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_MANY = 4
# syncfs(2); since Linux 5.8 it tells of writes that failed, as fsync does.
_sync_file_system: Callable[[int], int] | None = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def sync_directory(path: Path) -> None:
    """The names in a folder reach the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def write_file(path: str, data: bytes) -> None:
    """These bytes under that name, and the folders above it; on the disk for good once it was synced.

    A file that is there is replaced as a whole.  What breaks off leaves a part of a new file.
    """
    try:
        file = os.open(path, _NEW, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_file(path, data)
    except FileExistsError:
        half = f"{path}#{os.getpid()}.{threading.get_ident()}"
        write_file(half, data)
        os.replace(half, path)
    else:
        with open(file, "wb", buffering=0) as out:
            left = memoryview(data)
            while left:  # one write(2) need not take all
                left = left[out.write(left) :]


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
