"""Where a test run keeps its files: one folder in /tmp, searched for the planted secret at the end, then removed."""

import os
import tempfile
from pathlib import Path

RUN_VARIABLE = "YIZHAN_TEST_RUN"
GIVEN = "given"  # folders of this name hold what a test gave on purpose (secret files, server password files)


def run_folder() -> Path:
    """The folder of this run; `conftest` makes it, a use without pytest gets a fresh one."""
    known = os.environ.get(RUN_VARIABLE)
    if known is None:
        # Short, for a Unix socket's path has 107 bytes at most; open, for servers give up being root.
        known = tempfile.mkdtemp(prefix="yz-", dir="/tmp")
        Path(known).chmod(0o755)
        os.environ[RUN_VARIABLE] = known
    return Path(known)


def new_folder(purpose: str) -> Path:
    """A fresh folder of the run that other system users may enter."""
    folder = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=run_folder()))
    folder.chmod(0o755)
    return folder


def given_file(text: str, name: str = "secret") -> Path:
    """A file (mode 0600) that a test hands in; the planted secret may stand here and in its like only."""
    folder = new_folder("in") / GIVEN
    folder.mkdir()
    path = folder / name
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path
