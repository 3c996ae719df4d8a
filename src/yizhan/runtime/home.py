"""The data folder: made whole before anything else runs, by whichever process comes first."""

import fcntl
import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from yizhan.base.errors import YizhanError
from yizhan.runtime.environment import Environment

SCHEMA_STAMP = "schema"
SESSION_KEY = "session.key"
MIGRATIONS = Path(__file__).parent.parent / "store" / "migrations"
_SCHEMA_APPS = "sessions account mfa usersessions"  # of the web's settings: their tables are made as well
_SCHEMA_PACKAGES = ("django", "django-allauth", "yizhan")


class HomeUnusable(YizhanError):
    """The data folder cannot be made or brought up to date."""

    code = "home_unusable"


def prepare_home(environment: Environment) -> None:
    """Make the folder, the session key and the schema; quick when nothing is to do.

    Raises `HomeUnusable` that says what the operating system or the database said.
    """
    try:
        environment.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(environment.home / "home.lock"):
            _make_session_key(environment.home / SESSION_KEY)
            _bring_schema_up_to_date(environment)
    except OSError as error:
        raise HomeUnusable(f"{environment.home} cannot be used: {error.strerror or error}") from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time: two commands started together must not both create the schema."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_session_key(path: Path) -> None:
    if path.exists():
        return
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))


def _bring_schema_up_to_date(environment: Environment) -> None:
    stamp = environment.home / SCHEMA_STAMP
    wanted = _fingerprint(environment)
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted and _database_stands(environment):
        return
    # In a process of its own: it needs every app's migrations, which a quick command does not want to load.
    done = subprocess.run([sys.executable, "-m", "yizhan.runtime.migrate"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise HomeUnusable(f"the database cannot be brought up to date: {_last_line(done.stderr)}")
    stamp.write_text(wanted, encoding="ascii")


def _database_stands(environment: Environment) -> bool:
    return environment.database_url is not None or environment.sqlite_path.exists()


def _fingerprint(environment: Environment) -> str:
    """What the schema depends on: our migrations, the packages that bring their own, and which database it is."""
    parts = [f"{name}={version(name)}" for name in _SCHEMA_PACKAGES]
    parts += sorted(path.name for path in MIGRATIONS.glob("[0-9]*.py"))
    parts += [_SCHEMA_APPS, environment.database_url or "sqlite"]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no word was given"
