"""Files and names that survive a power cut."""

import os
from pathlib import Path


def sync_directory(path: Path) -> None:
    """The names in a folder reach the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def sync_file(path: Path, top: Path) -> None:
    """A file, its name, and the names of the folders from it up to `top` reach the disk."""
    _sync(path, os.O_RDONLY)
    for folder in path.parents:
        sync_directory(folder)
        if folder == top:
            return


def _sync(path: Path, flags: int) -> None:
    file = os.open(path, flags)
    try:
        os.fsync(file)
    finally:
        os.close(file)
